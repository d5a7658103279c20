package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.storm.Config;

/** The settings of topologies, and what is said of them. */
final class Settings {
  /** Kryo, with which Storm writes persistent windows down, looks into an AtomicInteger. */
  private static final String KRYO =
      "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED";

  private Settings() {}

  /** How many tasks read each topic and do each stage: no more than there are partitions. */
  static int tasks(Plan plan) {
    return Math.min(plan.parallelism(), plan.partitions());
  }

  /**
   * The topology's settings. All that could move an output is set, also where it is Storm's
   * default: some differ by mode.
   */
  static Map<String, Object> topology(Plan plan, Options options) {
    Map<String, Object> m = new LinkedHashMap<>();
    m.put(Config.TOPOLOGY_WORKERS, 1);
    m.put(Config.TOPOLOGY_ACKER_EXECUTORS, options.ackers());
    m.put(Config.TOPOLOGY_MAX_SPOUT_PENDING, options.maxSpoutPending());
    m.put(Config.TOPOLOGY_ENABLE_MESSAGE_TIMEOUTS, true);
    m.put(Config.TOPOLOGY_MESSAGE_TIMEOUT_SECS, options.messageTimeoutSecs());
    // Acknowledgements come from the threads of producers: see StageBolt.
    m.put(Config.TOPOLOGY_PRODUCER_BATCH_SIZE, 1);
    m.put(Config.TOPOLOGY_TRANSFER_BATCH_SIZE, 1);
    m.put(Config.TOPOLOGY_EXECUTOR_RECEIVE_BUFFER_SIZE, 32768);
    m.put(Config.TOPOLOGY_STATE_CHECKPOINT_INTERVAL, options.checkpointIntervalMillis());
    m.put(Config.TOPOLOGY_STATE_PROVIDER, JournalStateProvider.class.getName());
    m.put(
        JournalStateProvider.DIR,
        plan.stateDir().resolve("checkpoints").toAbsolutePath().toString());
    if (plan.onCluster()) {
      m.put(Config.TOPOLOGY_WORKER_CHILDOPTS, KRYO);
      m.put(Config.EXECUTOR_METRICS_FREQUENCY_SECS, 1); // a worker says that it runs: see Remote
    } else {
      m.put(Config.TOPOLOGY_METRICS_REPORTERS, List.of(Map.of("class", Waiting.class.getName())));
    }
    return m;
  }

  /** What the fairness sheet gets. */
  static Map<String, Object> effective(Plan plan, Options options) {
    Map<String, Object> m = new LinkedHashMap<>(topology(plan, options));
    m.remove(JournalStateProvider.DIR);
    m.remove(Config.TOPOLOGY_METRICS_REPORTERS);
    m.put("guarantee", plan.exactlyOnce() ? "exactly-once" : "at-least-once");
    m.put("parallelism", tasks(plan));
    m.put("commit_interval_ms", plan.commitIntervalMillis());
    m.put("topology.bolts.watermark.event.interval.ms", options.watermarkIntervalMillis());
    m.put("spout.offset.commit.period.ms", plan.commitIntervalMillis());
    m.put("spout.max.uncommitted.offsets", options.maxUncommittedOffsets());
    m.put("spout.poll.timeout.ms", options.pollTimeoutMillis());
    Source.settings(plan, options).forEach((k, v) -> say(m, "consumer." + k, v));
    Writer.settings(plan).forEach((k, v) -> say(m, "producer." + k, v));
    m.put("isolation", "read_uncommitted");
    m.put("acks", "all");
    m.put("linger_ms", 0);
    m.put("kafka_clients", AppInfoParser.getVersion());
    m.put("java", System.getProperty("java.version"));
    m.put("heap_bytes", Runtime.getRuntime().maxMemory());
    m.put(
        "collector",
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .map(GarbageCollectorMXBean::getName)
            .collect(Collectors.joining(", ")));
    return m;
  }

  /** Leaves out what is no matter of fairness, secrets above all. */
  private static void say(Map<String, Object> m, String name, Object value) {
    if (!name.contains("ssl.")
        && !name.contains("sasl.")
        && !name.endsWith("serializer")
        && !name.endsWith("servers")) {
      m.put(name, value);
    }
  }
}
