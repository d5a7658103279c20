package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;

/** Flink's configuration for a plan, the same entries that the fairness sheet shows. */
final class Settings {
  private static final long DEFAULT_INTERVAL = 100;
  private static final long SHORTEST_INTERVAL = 10; // Flink refuses less

  private Settings() {}

  /** Tasks of each operator: a task without a partition would hold every window open. */
  static int parallelism(Plan plan) {
    return Math.min(plan.parallelism(), plan.partitions());
  }

  /** Time between two checkpoints in ms: that is between two commits. */
  static long interval(Plan plan) {
    long asked = plan.commitIntervalMillis();
    return asked == 0 ? DEFAULT_INTERVAL : Math.max(SHORTEST_INTERVAL, asked);
  }

  private static final String CHECKPOINTS = "execution.checkpointing.dir";

  /**
   * Where checkpoints and savepoints are: a URI. Every process of the cluster must reach it. Below
   * a folder that was given each job has one of its own: another's checkpoints are not its to go on
   * from.
   */
  static String checkpoints(Plan plan) {
    String given = new Options(plan).flink().get(CHECKPOINTS);
    return given != null
        ? given.replaceAll("/+$", "") + "/" + plan.prefix()
        : plan.stateDir().resolve("checkpoints").toUri().toString();
  }

  /** What matters to the job, wherever it runs. */
  static Map<String, String> ofJob(Plan plan) {
    Map<String, String> m = new LinkedHashMap<>();
    m.put("parallelism.default", Integer.toString(parallelism(plan)));
    m.put("pipeline.object-reuse", "true"); // no copies between operators of one task
    m.put("pipeline.generic-types", "false"); // Kryo is an error
    m.put("pipeline.auto-watermark-interval", "0 ms"); // no timer moves a watermark
    m.put(
        "execution.buffer-timeout.interval",
        "1 ms"); // Flink's own is 100 ms: that long an event may wait at an exchange
    m.put("execution.checkpointing.interval", interval(plan) + " ms");
    // Also at least once: without it, state would have seen events that come again, and windows
    // would count them twice.
    m.put("execution.checkpointing.mode", "EXACTLY_ONCE");
    m.put("execution.checkpointing.unaligned.enabled", "false");
    m.put("execution.checkpointing.max-concurrent-checkpoints", "1");
    m.put("execution.checkpointing.timeout", "10 min");
    m.put("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    m.put("execution.checkpointing.num-retained", "1");
    m.put(
        "execution.checkpointing.data-inline-threshold",
        "1 mb"); // small state in one file a checkpoint, not in many
    m.put("execution.checkpointing.storage", "filesystem");
    m.put("state.backend.type", "hashmap");
    if (plan.onCluster()) { // a worker may be lost, and that is the cluster's to mend
      m.put("restart-strategy.type", "failure-rate");
      m.put("restart-strategy.failure-rate.max-failures-per-interval", "10");
      m.put("restart-strategy.failure-rate.failure-rate-interval", "5 min");
      m.put("restart-strategy.failure-rate.delay", "1 s");
    } else {
      m.put("restart-strategy.type", "none"); // a failure is the harness's to see
    }
    m.put("pipeline.name", plan.prefix());
    m.putAll(new Options(plan).flink());
    m.put(CHECKPOINTS, checkpoints(plan));
    return m;
  }

  /** What the cluster inside this process has beside that. */
  static Map<String, String> ofProcess(Plan plan) {
    Map<String, String> m = new LinkedHashMap<>();
    m.put("taskmanager.numberOfTaskSlots", Integer.toString(parallelism(plan)));
    m.put("taskmanager.memory.network.min", "64 mb");
    m.put("taskmanager.memory.network.max", "64 mb");
    m.put("taskmanager.memory.managed.size", "0 mb"); // state is on the heap
    m.put("rest.address", "127.0.0.1");
    m.put("rest.bind-address", "127.0.0.1");
    m.put("rest.bind-port", "0");
    m.put("blob.server.port", "0");
    m.put("security.delegation.tokens.enabled", "false");
    m.put("io.tmp.dirs", plan.stateDir().resolve("tmp").toString());
    // One process: what pauses its worker pauses its master too, so silence tells nothing of a
    // death.
    m.put("heartbeat.timeout", Long.toString(Duration.ofHours(1).toMillis()));
    m.put("pekko.ask.timeout", "5 min");
    m.put("web.timeout", "300000");
    m.put("metrics.reporters", "status");
    m.put("metrics.reporter.status.factory.class", StatusReporter.Factory.class.getName());
    m.put("metrics.reporter.status.interval", "1 s");
    new Options(plan).flink().forEach((k, v) -> m.computeIfPresent(k, (name, ours) -> v));
    return m;
  }

  /** How a client finds its cluster. */
  static Map<String, String> ofClient(Plan plan) {
    URI rest = URI.create(plan.address("rest"));
    boolean tls = "https".equals(rest.getScheme());
    if (rest.getHost() == null || !tls && !"http".equals(rest.getScheme())) {
      throw new IllegalArgumentException(
          "address \"rest\" is \"" + rest + "\"; want a URL such as http://host:8081");
    }
    Map<String, String> m = new LinkedHashMap<>();
    m.put("rest.address", rest.getHost());
    m.put("rest.port", Integer.toString(rest.getPort() > 0 ? rest.getPort() : tls ? 443 : 80));
    m.put("security.ssl.rest.enabled", Boolean.toString(tls));
    m.put("rest.url-prefix", rest.getPath().endsWith("/") ? rest.getPath() : rest.getPath() + "/");
    return m;
  }

  /** Flink's own form of all of them. */
  static Configuration configuration(Plan plan) {
    Map<String, String> all =
        new LinkedHashMap<>(plan.onCluster() ? ofClient(plan) : ofProcess(plan));
    all.putAll(ofJob(plan));
    return Configuration.fromMap(all);
  }

  /**
   * All of them and what matters of Kafka's clients and of Java, for the fairness sheet, without
   * what may be secret.
   */
  static Map<String, Object> shown(Plan plan) {
    Options options = new Options(plan);
    Map<String, Object> m = new LinkedHashMap<>();
    m.put("guarantee", plan.exactlyOnce() ? "exactly-once" : "at-least-once");
    m.put("deploy", plan.onCluster() ? "session cluster" : "MiniCluster in one process");
    m.put("connector", "flink-connector-kafka " + FlinkAdapter.CONNECTOR);
    ofJob(plan).forEach((k, v) -> m.put(k, shown(k, v)));
    if (!plan.onCluster()) {
      ofProcess(plan)
          .forEach(
              (k, v) -> {
                if (k.startsWith("taskmanager")) {
                  m.put(k, v);
                }
              });
    }
    m.put("sink.transactions", options.transactions().name().toLowerCase(java.util.Locale.ROOT));
    client(m, "producer.", options.producer());
    client(m, "consumer.", options.consumer());
    m.put("java.version", System.getProperty("java.version"));
    m.put("java.heap_bytes", Runtime.getRuntime().maxMemory());
    m.put(
        "java.collectors",
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .map(GarbageCollectorMXBean::getName)
            .collect(Collectors.joining(", ")));
    return m;
  }

  private static String shown(String name, String value) {
    return GlobalConfiguration.isSensitive(name) ? GlobalConfiguration.HIDDEN_CONTENT : value;
  }

  /** Settings of one of Kafka's clients, without what may be secret. */
  private static void client(Map<String, Object> m, String prefix, Map<String, String> settings) {
    settings.forEach(
        (k, v) -> {
          if (!k.startsWith("ssl.")
              && !k.startsWith("sasl.")
              && !k.startsWith("security.")
              && !k.equals("bootstrap.servers")) {
            m.put(prefix + k, v);
          }
        });
  }
}
