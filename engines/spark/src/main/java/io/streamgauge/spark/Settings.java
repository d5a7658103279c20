package io.streamgauge.spark;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamgauge.joblib.contract.Job;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import io.streamgauge.joblib.kafka.Guarded;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The settings of Spark and of Kafka's clients that a plan comes to. Its options win, but over what
 * is {@link Reserved} or {@link Guarded}.
 */
final class Settings {
  /**
   * Offsets of all partitions of a topic in one batch, exactly-once: a batch must end before its
   * transactions time out.
   */
  private static final long EXACTLY_ONCE_OFFSETS = 100_000;

  /** The same in a job of large messages, see {@link #largeOffsets}. */
  private static final long MOST_LARGE_OFFSETS = 2_000;

  private static final long LEAST_LARGE_OFFSETS = 100;
  private static final int PART_OF_HEAP = 8;

  /** For a batch of large messages, which one task may have to write alone. */
  private static final long LARGE_TRANSACTION_MILLIS = 600_000;

  private static final long TRANSACTION_MILLIS = 60_000; // Kafka's default

  private static final String CHECKPOINT = "checkpoint";

  private static final List<String> OPTIONS = List.of("spark", "source", "producer", CHECKPOINT);

  /** What spark-submit has made of its arguments and files, for the hello line. */
  private static final List<String> SUBMITTED =
      List.of(
          "spark.executor.instances",
          "spark.executor.memory",
          "spark.executor.cores",
          "spark.cores.max");

  private Settings() {}

  private static Map<String, String> option(Plan plan, String name) {
    check(plan);
    Map<String, String> m = new TreeMap<>();
    for (Map.Entry<String, JsonNode> f : plan.options().path(name).properties()) {
      m.put(f.getKey(), f.getValue().asText());
    }
    return m;
  }

  private static void check(Plan plan) {
    plan.options()
        .fieldNames()
        .forEachRemaining(
            n -> {
              if (!OPTIONS.contains(n)) {
                throw new IllegalArgumentException(
                    "unknown option \"" + n + "\"; valid: " + String.join(", ", OPTIONS));
              }
            });
  }

  /** Of the session. */
  static Map<String, String> spark(Plan plan) {
    Map<String, String> options = option(plan, "spark");
    Reserved.spark(options);
    Map<String, String> m = new LinkedHashMap<>(plan.onCluster() ? submitted(plan) : local(plan));
    if (!plan.onCluster() || plan.onOwnCluster()) {
      m.putAll(thisMachine());
    }
    m.put("spark.app.name", plan.prefix());
    m.put("spark.scheduler.mode", "FAIR");
    m.put("spark.sql.shuffle.partitions", Integer.toString(plan.partitions()));
    m.put("spark.sql.session.timeZone", "UTC");
    m.put("spark.sql.ansi.enabled", "false"); // a sum too large goes around, as in all engines
    m.put(
        "spark.sql.streaming.stateStore.providerClass",
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider");
    m.put("spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled", "true");
    m.put("spark.sql.adaptive.enabled", "false"); // it is for queries whose data has an end
    // What is usual needs saying where a cluster has defaults of its own.
    m.put("spark.speculation", "false"); // a task that runs twice at once writes twice
    m.put("spark.sql.streaming.noDataMicroBatches.enabled", "true"); // they close windows
    m.put("spark.ui.enabled", "false");
    m.put("spark.local.dir", plan.stateDir().resolve("local").toString());
    m.putAll(options);
    return m;
  }

  /**
   * A slot for each task of each query: queries run at once, and none waits for another's tasks. A
   * task that fails is tried four times, as on a cluster.
   */
  private static Map<String, String> local(Plan plan) {
    int slots = plan.parallelism() * queries(plan.job());
    return Map.of("spark.master", "local[" + slots + ",4]");
  }

  /** How many queries a job comes to: one for each stage, and one for its windows. */
  static int queries(Job job) {
    return job.stages().stream().mapToInt(s -> windowed(s) ? 2 : 1).sum();
  }

  private static boolean windowed(Job.Stage stage) {
    return stage.operators().stream().anyMatch(o -> o.settings() instanceof Job.Window);
  }

  private static Map<String, String> submitted(Plan plan) {
    Map<String, String> m = new LinkedHashMap<>();
    m.put("spark.master", plan.address("master"));
    for (String name : SUBMITTED) {
      if (System.getProperty(name) != null) {
        m.put(name, System.getProperty(name));
      }
    }
    return m;
  }

  /** Where all of Spark is on this machine: loopback addresses alone, and files by LocalFiles. */
  private static Map<String, String> thisMachine() {
    Map<String, String> m = new LinkedHashMap<>();
    m.put("spark.driver.host", "127.0.0.1");
    m.put("spark.driver.bindAddress", "127.0.0.1");
    m.put("spark.hadoop.fs.file.impl", LocalFiles.Old.class.getName());
    m.put("spark.hadoop.fs.AbstractFileSystem.file.impl", LocalFiles.New.class.getName());
    return m;
  }

  /**
   * Where a query keeps offsets and state: in the state folder, or where the option says, which all
   * machines of a cluster must see.
   *
   * @param name of the folder, another one for each query
   */
  static String checkpoint(Plan plan, String name) {
    check(plan);
    String root = plan.options().path(CHECKPOINT).asText();
    if (!root.isEmpty()) {
      return root + "/" + plan.prefix() + "/" + name;
    }
    if (plan.onCluster() && !plan.onOwnCluster()) {
      throw new IllegalArgumentException(
          "option checkpoint is missing: a folder that all machines of the cluster see, such as"
              + " hdfs://HOST:PORT/streamgauge");
    }
    return plan.stateDir().resolve(name).toString();
  }

  /** Of Spark's Kafka source, but for the topic. */
  static Map<String, String> source(Plan plan) {
    Map<String, String> options = option(plan, "source");
    Reserved.source(options, plan.exactlyOnce());
    Map<String, String> m = Source.options(plan);
    if (plan.job().payloads()) {
      m.put("maxOffsetsPerTrigger", Long.toString(largeOffsets(plan)));
    } else if (plan.exactlyOnce()) {
      m.put("maxOffsetsPerTrigger", Long.toString(EXACTLY_ONCE_OFFSETS));
    }
    m.putAll(options);
    return m;
  }

  /**
   * What a device has sent of a batch is in memory at once, chunks of a megabyte or so among it,
   * and each stage has its batch: all of one must fit a part of the heap. Kafka's source counts
   * records and cannot count bytes. A batch is written down before it runs, so one that does not
   * fit comes again after each restart.
   */
  private static long largeOffsets(Plan plan) {
    long heap = plan.heapBytes() > 0 ? plan.heapBytes() : Runtime.getRuntime().maxMemory();
    long fit = heap / PART_OF_HEAP / plan.maxRecordBytes();
    return Math.max(LEAST_LARGE_OFFSETS, Math.min(MOST_LARGE_OFFSETS, fit));
  }

  /**
   * A transaction lasts as long as its batch is written, and a batch that ran into the timeout
   * would run into it again. Nobody waits for it: what a former life left open is ended by the next
   * one's start.
   */
  private static long transactionTimeout(Plan plan) {
    long least = plan.job().payloads() ? LARGE_TRANSACTION_MILLIS : TRANSACTION_MILLIS;
    return Math.max(least, plan.transactionTimeoutMillis());
  }

  /** Of the producers. */
  static Map<String, String> producer(Plan plan) {
    Map<String, String> options = option(plan, "producer");
    Guarded.producer("producer", "", options);
    Map<String, String> m = Clients.producer(plan);
    if (plan.exactlyOnce()) {
      m.put("transaction.timeout.ms", Long.toString(transactionTimeout(plan)));
    }
    m.putAll(options);
    return m;
  }
}
