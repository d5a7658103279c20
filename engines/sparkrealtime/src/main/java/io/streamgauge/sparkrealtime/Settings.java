package io.streamgauge.sparkrealtime;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import io.streamgauge.joblib.kafka.Guarded;
import io.streamgauge.spark.LocalFiles;
import io.streamgauge.spark.Reserved;
import io.streamgauge.spark.Source;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The settings of Spark and of Kafka's clients that a plan comes to. Its options win, but over what
 * is {@link Reserved} or {@link Guarded}.
 */
final class Settings {
  /** Spark refuses shorter batches. */
  private static final long MIN_BATCH_MILLIS = 5000;

  private static final String BATCH = "batch_duration_ms";
  private static final String MASTER = "spark.master";
  private static final String SHUFFLE = "spark.sql.shuffle.partitions";
  private static final String BUFFER = "spark.shuffle.streaming.networkBufferSize";
  private static final String CPUS = "spark.task.cpus";
  private static final List<String> OPTIONS = List.of(BATCH, "spark", "source", "producer");

  /** Spark's own size of a buffer of the streaming shuffle. */
  private static final long BUFFER_BYTES = 32 << 10;

  /** Spark's own bound for what a writer of it has under way, all its readers together. */
  private static final long UNDER_WAY_BYTES = 32 << 20;

  private Settings() {}

  /** Refuses options that there are not. */
  static void check(Plan plan) {
    plan.options()
        .fieldNames()
        .forEachRemaining(
            n -> {
              if (!OPTIONS.contains(n)) {
                throw new IllegalArgumentException(
                    "unknown option \"" + n + "\"; valid: " + String.join(", ", OPTIONS));
              }
            });
    Map<String, String> spark = spark(plan);
    if (!spark.getOrDefault(CPUS, "1").equals("1")) {
      throw new IllegalArgumentException(
          "option "
              + CPUS
              + ": "
              + spark.get(CPUS)
              + "; want 1, or leave it out: a task takes one slot, or partitions are left unread");
    }
    Slots.check(spark.get(MASTER), Slots.needed(plan, Integer.parseInt(spark.get(SHUFFLE))));
  }

  private static Map<String, String> option(Plan plan, String name) {
    Map<String, String> m = new TreeMap<>();
    for (Map.Entry<String, JsonNode> f : plan.options().path(name).properties()) {
      m.put(f.getKey(), f.getValue().asText());
    }
    return m;
  }

  /**
   * How long a batch lasts. Records do not wait for its end; offsets, state and the watermark are
   * written down then.
   */
  static long batchMillis(Plan plan) {
    JsonNode n = plan.options().path(BATCH);
    if (n.isMissingNode()) {
      return MIN_BATCH_MILLIS;
    }
    if (!n.canConvertToLong() || n.asLong() < MIN_BATCH_MILLIS) {
      throw new IllegalArgumentException(
          "option " + BATCH + ": " + n + "; want a number of at least " + MIN_BATCH_MILLIS);
    }
    return n.asLong();
  }

  /** Of the session. */
  static Map<String, String> spark(Plan plan) {
    Map<String, String> options = option(plan, "spark");
    Reserved.spark(options);
    String shuffle = options.getOrDefault(SHUFFLE, Integer.toString(plan.partitions()));
    Map<String, String> m = new LinkedHashMap<>();
    m.put(MASTER, "local[" + Slots.needed(plan, Integer.parseInt(shuffle)) + "]");
    m.put("spark.app.name", plan.prefix());
    m.put(SHUFFLE, shuffle);
    m.put("spark.sql.session.timeZone", "UTC");
    // A buffer of the shuffle that is not full: Spark's own 50 ms is how long a record may wait.
    m.put("spark.shuffle.streaming.networkBufferMaxWaitTimeMs", "1");
    if (plan.job().payloads()) {
      m.put(BUFFER, Long.toString(bufferBytes(plan, Integer.parseInt(shuffle))));
    }
    m.put(
        "spark.sql.streaming.stateStore.providerClass",
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider");
    m.put("spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled", "true");
    m.put("spark.sql.adaptive.enabled", "false"); // it is for queries whose data has an end
    m.put("spark.ui.enabled", "false");
    m.put("spark.driver.host", "127.0.0.1");
    m.put("spark.driver.bindAddress", "127.0.0.1");
    m.put("spark.local.dir", plan.stateDir().resolve("local").toString());
    m.put("spark.hadoop.fs.file.impl", LocalFiles.Old.class.getName());
    m.put("spark.hadoop.fs.AbstractFileSystem.file.impl", LocalFiles.New.class.getName());
    m.putAll(options);
    return m;
  }

  /**
   * A writer of the streaming shuffle puts a row whole into one buffer, however large it is, and
   * bounds what is under way by the number of buffers, as if each were of this size: of Spark's own
   * size that is a thousand, and of chunks of 1 MB as many MB, outside the heap. So a buffer has
   * room for the largest record. Spark lets each reader have two in any case, so a size at which
   * these are all there can be is the largest that is of use.
   */
  private static long bufferBytes(Plan plan, int readers) {
    long most = UNDER_WAY_BYTES / 2 / readers;
    return Math.max(BUFFER_BYTES, Math.min(plan.maxRecordBytes(), most));
  }

  /** Of Spark's Kafka source, but for the topic. */
  static Map<String, String> source(Plan plan) {
    Map<String, String> options = option(plan, "source");
    Reserved.source(options, plan.exactlyOnce());
    Map<String, String> m = Source.options(plan);
    m.putAll(options);
    return m;
  }

  /** Of Spark's Kafka sink. */
  static Map<String, String> sink(Plan plan) {
    Map<String, String> options = option(plan, "producer");
    Guarded.producer("producer", "", options);
    Map<String, String> producer = Clients.producer(plan);
    producer.putAll(options);
    Map<String, String> m = new LinkedHashMap<>();
    producer.forEach((k, v) -> m.put("kafka." + k, v));
    return m;
  }

  /** For the hello line. */
  static Map<String, Object> effective(Plan plan) {
    Map<String, Object> m = new LinkedHashMap<>(spark(plan));
    m.put("trigger", "RealTime(" + batchMillis(plan) + " ms)");
    source(plan).forEach((k, v) -> m.put("source." + k, v));
    sink(plan).forEach((k, v) -> m.put("sink." + k, v));
    return m;
  }
}
