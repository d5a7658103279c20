package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import io.streamgauge.joblib.kafka.Records;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.storm.Config;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.kafka.spout.FirstPollOffsetStrategy;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutConfig;
import org.apache.storm.trident.TridentTopology;
import org.apache.storm.tuple.Fields;

/**
 * The job as one Trident topology with a stream for each stage:
 *
 * <pre>
 *   stage topic → transactional spout → each: operators without state → partitionPersist → next stage topic
 * </pre>
 *
 * What one task reads, one task keeps: Trident hands tuples to the task of the same index where
 * nothing else is said. Streams that no tuple crosses have coordinators and transaction ids of
 * their own.
 */
final class Topology {
  private static final Fields RECORD = new Fields("record");

  private Topology() {}

  static StormTopology of(Plan plan, Options options) {
    TridentTopology topology = new TridentTopology();
    int tasks = tasks(plan);
    for (int stage = 0; stage < plan.job().stages().size(); stage++) {
      topology
          .newStream(stream(stage), new StageSpout(plan, stage, source(plan, options, stage)))
          .parallelismHint(tasks)
          .each(RECORD, new BeforeState(plan, stage), new Fields("step"))
          .partitionPersist(
              new StageUpdater.Factory(plan, stage),
              new Fields("record", "step"),
              new StageUpdater())
          .parallelismHint(tasks);
    }
    return topology.build();
  }

  /** The name of a stage's stream, under which Trident keeps its transaction ids. */
  static String stream(int stage) {
    return "stage-" + stage;
  }

  /** Tasks of each spout and state: a partition is read, and kept, by one. */
  static int tasks(Plan plan) {
    return Math.min(plan.parallelism(), plan.partitions());
  }

  private static KafkaTridentSpoutConfig<byte[], byte[]> source(
      Plan plan, Options options, int stage) {
    return new KafkaTridentSpoutConfig.Builder<byte[], byte[]>(
            plan.bootstrap(), plan.stageInput(stage))
        .setProp(consumer(plan, options))
        .setRecordTranslator(new Translator())
        .setFirstPollOffsetStrategy(FirstPollOffsetStrategy.UNCOMMITTED_EARLIEST)
        .setPollTimeoutMs(options.pollTimeoutMillis())
        .build();
  }

  /** A record as a tuple. Storm's translator of functions would copy each tuple. */
  private static final class Translator implements RecordTranslator<byte[], byte[]> {
    private static final long serialVersionUID = 1;

    @Override
    public List<Object> apply(ConsumerRecord<byte[], byte[]> r) {
      return List.of(Records.in(r));
    }

    @Override
    public Fields getFieldsFor(String stream) {
      return RECORD;
    }

    @Override
    public List<String> streams() {
      return List.of("default");
    }
  }

  /**
   * Settings of the spouts' consumers. They have no group: Trident keeps positions in ZooKeeper.
   */
  static Map<String, Object> consumer(Plan plan, Options options) {
    Map<String, Object> m = Clients.objects(Clients.consumer(plan));
    m.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, options.maxPollRecords());
    m.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, options.fetchBytes());
    m.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    m.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    return m;
  }

  /** Storm's configuration of the topology: what LocalCluster would set otherwise is set here. */
  static Map<String, Object> config(Plan plan, Options options) {
    Map<String, Object> m = new LinkedHashMap<>();
    m.put(Config.TOPOLOGY_WORKERS, 1);
    m.put(Config.TOPOLOGY_ACKER_EXECUTORS, 1);
    m.put(Config.TOPOLOGY_EVENTLOGGER_EXECUTORS, 0);
    m.put(Config.TOPOLOGY_TRIDENT_BATCH_EMIT_INTERVAL_MILLIS, interval(plan));
    m.put(Config.TOPOLOGY_MAX_SPOUT_PENDING, options.maxSpoutPending());
    m.put(Config.TOPOLOGY_ENABLE_MESSAGE_TIMEOUTS, true);
    m.put(Config.TOPOLOGY_MESSAGE_TIMEOUT_SECS, options.messageTimeoutSeconds());
    m.put(Config.TRANSACTIONAL_ZOOKEEPER_ROOT, "/transactional");
    if (plan.onCluster()) {
      m.put(Config.TRANSACTIONAL_ZOOKEEPER_ROOT, Offsets.root(plan)); // others are there too
      m.put(Config.EXECUTOR_METRICS_FREQUENCY_SECS, 1); // a worker says that it runs: see Remote
    }
    m.putAll(options.topology());
    return m;
  }

  private static long interval(Plan plan) {
    return plan.batchIntervalMillis() > 0 ? plan.batchIntervalMillis() : 500;
  }
}
