package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Ends;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.storm.generated.KillOptions;
import org.apache.storm.kafka.bolt.KafkaBolt;
import org.apache.storm.kafka.bolt.mapper.FieldNameBasedTupleToKafkaMapper;
import org.apache.storm.kafka.bolt.selector.DefaultTopicSelector;
import org.apache.storm.kafka.spout.FirstPollOffsetStrategy;
import org.apache.storm.kafka.spout.KafkaSpout;
import org.apache.storm.kafka.spout.KafkaSpoutConfig;
import org.apache.storm.topology.TopologyBuilder;

/**
 * The least that Storm can do, as the documentation of storm-kafka-client writes it: one topic into
 * another, without headers. What the job identity costs beside this, with the same settings, is the
 * adapter's; a copy of whole records, whose bolt Storm does not have, tells how much of that is the
 * headers'. A program:
 *
 * <pre>java -cp … io.streamgauge.storm.CopyJob BOOTSTRAP INPUT OUTPUT RECORDS [whole]
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
    Local cluster = Local.start(dir.resolve("local"), plan.readyMillis());
    boolean whole = args.length > ARGUMENTS && args[ARGUMENTS].equals("whole");
    cluster.submit(
        "copy", Settings.topology(plan, options), topology(plan, options, whole).createTopology());
    try (Ends ends = new Ends(plan)) {
      while (sum(ends, plan) < Long.parseLong(args[ARGUMENTS - 1])) {
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
    }
    KillOptions now = new KillOptions();
    now.set_wait_secs(0);
    cluster.nimbus().killTopologyWithOpts("copy", now);
    cluster.close();
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
        {"contract": 1, "engine": "storm", "instance": "copy", "incarnation": 1, "prefix": "%3$s.copy",
         "brokers": {"bootstrap": ["%1$s"]}, "topics": {"input": "%2$s", "stages": [], "output": "%3$s"},
         "job": {"name": "copy", "stages": [{"name": "copy", "do": []}]},
         "partitions": %4$d, "parallelism": %4$d, "guarantee": "at-least-once", "commit_interval_ms": 100,
         "limits": {"max_record_bytes": 1048576}, "deadlines": {"ready_ms": 600000}, "state_dir": "%5$s"}
        """
            .formatted(args[0], args[1], args[2], partitions, dir));
  }

  private static TopologyBuilder topology(Plan plan, Options options, boolean whole) {
    KafkaSpoutConfig.Builder<byte[], byte[]> source =
        new KafkaSpoutConfig.Builder<byte[], byte[]>(plan.bootstrap(), plan.stageInput(0))
            .setProp(Source.settings(plan, options))
            .setGroupId(Source.group(plan, 0))
            .setFirstPollOffsetStrategy(FirstPollOffsetStrategy.UNCOMMITTED_EARLIEST)
            .setOffsetCommitPeriodMs(plan.commitIntervalMillis())
            .setMaxUncommittedOffsets(options.maxUncommittedOffsets())
            .setPollTimeoutMs(options.pollTimeoutMillis());
    TopologyBuilder builder = new TopologyBuilder();
    if (whole) {
      source.setRecordTranslator(new WholeCopy.Translator());
      builder.setBolt("sink", new WholeCopy(plan), Settings.tasks(plan)).shuffleGrouping("spout");
    } else {
      builder.setBolt("sink", sink(plan), Settings.tasks(plan)).shuffleGrouping("spout");
    }
    builder.setSpout("spout", new KafkaSpout<>(source.build()), Settings.tasks(plan));
    return builder;
  }

  private static KafkaBolt<byte[], byte[]> sink(Plan plan) {
    Properties producer = new Properties();
    producer.putAll(Writer.settings(plan));
    return new KafkaBolt<byte[], byte[]>()
        .withProducerProperties(producer)
        .withTopicSelector(new DefaultTopicSelector(plan.stageOutput(0)))
        .withTupleToKafkaMapper(new FieldNameBasedTupleToKafkaMapper<>("key", "value"));
  }

  private static long sum(Ends ends, Plan plan) throws Exception {
    return ends.of(plan.stageOutput(0)).values().stream().mapToLong(Long::longValue).sum();
  }
}
