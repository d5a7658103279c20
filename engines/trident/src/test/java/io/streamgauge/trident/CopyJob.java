package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Adapter;
import io.streamgauge.joblib.contract.Contract;
import io.streamgauge.joblib.contract.Hello;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Clients;
import io.streamgauge.joblib.kafka.Ends;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutConfig;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutOpaque;
import org.apache.storm.kafka.trident.TridentKafkaStateFactory;
import org.apache.storm.kafka.trident.TridentKafkaStateUpdater;
import org.apache.storm.kafka.trident.mapper.FieldNameBasedTupleToKafkaMapper;
import org.apache.storm.kafka.trident.selector.DefaultTopicSelector;
import org.apache.storm.trident.TridentTopology;
import org.apache.storm.tuple.Fields;

/**
 * The least that Trident can do, as the documentation of storm-kafka-client writes it: one topic
 * into another. What the job identity costs beside this, under the same plan and settings, is the
 * adapter's. Not an engine: its answers have no headers.
 */
final class CopyJob implements Adapter {
  private static final long PAUSE_MILLIS = 50;

  private CopyJob() {}

  public static void main(String[] args) {
    Contract.main(args, new CopyJob());
  }

  @Override
  public Hello hello() {
    return new Hello("trident-copy", "test", List.of("at-least-once"), Map.of());
  }

  @Override
  public Map<String, Object> settings(Plan plan) {
    return Map.of();
  }

  @SuppressWarnings("unchecked") // the factory takes its mapper without type
  private static StormTopology topology(Plan plan, Options options) {
    KafkaTridentSpoutConfig<byte[], byte[]> source =
        new KafkaTridentSpoutConfig.Builder<byte[], byte[]>(plan.bootstrap(), plan.stageInput(0))
            .setProp(Topology.consumer(plan, options))
            .setPollTimeoutMs(options.pollTimeoutMillis())
            .build();
    Properties producer = new Properties();
    producer.putAll(Clients.producer(plan));
    producer.put("key.serializer", ByteArraySerializer.class.getName());
    producer.put("value.serializer", ByteArraySerializer.class.getName());
    TridentKafkaStateFactory<byte[], byte[]> sink =
        new TridentKafkaStateFactory<byte[], byte[]>()
            .withProducerProperties(producer)
            .withKafkaTopicSelector(new DefaultTopicSelector(plan.stageOutput(0)))
            .withTridentTupleToKafkaMapper(new FieldNameBasedTupleToKafkaMapper<>("key", "value"));
    TridentTopology topology = new TridentTopology();
    topology
        .newStream("copy", new KafkaTridentSpoutOpaque<>(source))
        .parallelismHint(Topology.tasks(plan))
        .partitionPersist(sink, new Fields("key", "value"), new TridentKafkaStateUpdater<>());
    return topology.build();
  }

  @Override
  public void run(Session session) throws Exception {
    Plan plan = session.plan();
    Options options = Options.of(plan);
    new Local(plan, options).submit(topology(plan, options));
    session.status().ready();
    session.awaitEnd();
    try (Ends ends = new Ends(plan)) {
      while (sum(ends, plan.stageOutput(0)) < sum(ends, plan.stageInput(0))) {
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }

  private static long sum(Ends ends, String topic) throws Exception {
    return ends.of(topic).values().stream().mapToLong(Long::longValue).sum();
  }
}
