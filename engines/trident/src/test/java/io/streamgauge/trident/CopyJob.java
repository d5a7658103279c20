package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import io.streamgauge.joblib.kafka.Ends;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
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
 * into another, without headers. What the job identity costs beside this, with the same settings,
 * is the adapter's. A program:
 *
 * <pre>java -cp … io.streamgauge.trident.CopyJob BOOTSTRAP INPUT OUTPUT RECORDS [BATCH_INTERVAL_MS]
 * </pre>
 *
 * It ends when the output has so many records, and prints them with its wall-clock and CPU seconds,
 * its start included.
 */
public final class CopyJob {
  private static final long LOOK_MILLIS = 200;
  private static final int ARGUMENTS = 4;

  private CopyJob() {}

  /** See above. */
  public static void main(String[] args) throws Exception {
    Path dir = Files.createTempDirectory("copy");
    Plan plan = plan(args, dir);
    Options options = Options.of(plan);
    new Local(plan, options).submit(topology(plan, options));
    try (Ends ends = new Ends(plan)) {
      while (sum(ends, plan) < Long.parseLong(args[ARGUMENTS - 1])) {
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
    }
    System.out.printf(
        "{\"records\": %s, \"seconds\": %.3f, \"cpu_seconds\": %.3f}%n",
        args[ARGUMENTS - 1],
        ManagementFactory.getRuntimeMXBean().getUptime() / 1e3,
        ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime()
            / 1e9);
    System.out.flush();
    Runtime.getRuntime().halt(0); // threads of LocalCluster go on
  }

  /** The plan under which the job identity would do the same. */
  private static Plan plan(String[] args, Path dir) throws Exception {
    int partitions;
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) args[0]))) {
      partitions =
          admin
              .describeTopics(List.of(args[1]))
              .allTopicNames()
              .get()
              .get(args[1])
              .partitions()
              .size();
    }
    return Plan.parse(
        """
        {"contract": 1, "engine": "trident", "instance": "copy", "incarnation": 1, "prefix": "%3$s.copy",
         "brokers": {"bootstrap": ["%1$s"]}, "topics": {"input": "%2$s", "stages": [], "output": "%3$s"},
         "job": {"name": "copy", "stages": [{"name": "copy", "do": []}]},
         "partitions": %4$d, "parallelism": %4$d, "guarantee": "at-least-once", "batch_interval_ms": %5$s,
         "limits": {"max_record_bytes": 1048576}, "deadlines": {"ready_ms": 600000}, "state_dir": "%6$s"}
        """
            .formatted(
                args[0],
                args[1],
                args[2],
                partitions,
                args.length > ARGUMENTS ? args[ARGUMENTS] : "500",
                dir));
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

  private static long sum(Ends ends, Plan plan) throws Exception {
    return ends.of(plan.stageOutput(0)).values().stream().mapToLong(Long::longValue).sum();
  }
}
