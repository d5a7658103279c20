package io.streamgauge.spark;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The settings of Spark and of Kafka's clients that a plan comes to. Its options win. */
final class Settings {
  /**
   * Offsets of all partitions of a topic in one batch, exactly-once: a batch must end before its
   * transactions time out.
   */
  private static final long EXACTLY_ONCE_OFFSETS = 100_000;

  private static final long TRANSACTION_MILLIS = 60_000; // Kafka's default

  private static final List<String> OPTIONS = List.of("spark", "source", "producer");

  private Settings() {}

  /** What options there are, checked. */
  private static Map<String, String> option(Plan plan, String name) {
    plan.options()
        .fieldNames()
        .forEachRemaining(
            n -> {
              if (!OPTIONS.contains(n)) {
                throw new IllegalArgumentException(
                    "unknown option \"" + n + "\"; valid: " + String.join(", ", OPTIONS));
              }
            });
    Map<String, String> m = new TreeMap<>();
    for (Map.Entry<String, JsonNode> f : plan.options().path(name).properties()) {
      m.put(f.getKey(), f.getValue().asText());
    }
    return m;
  }

  /** Of the session. */
  static Map<String, String> spark(Plan plan) {
    Map<String, String> m = new LinkedHashMap<>();
    // A slot for each task of each stage: queries run at once, and none waits for another's tasks.
    // A task that fails is tried
    // four times, as on a cluster.
    m.put("spark.master", "local[" + plan.parallelism() * plan.job().stages().size() + ",4]");
    m.put("spark.app.name", plan.prefix());
    m.put("spark.scheduler.mode", "FAIR");
    m.put("spark.sql.shuffle.partitions", Integer.toString(plan.partitions()));
    m.put("spark.sql.session.timeZone", "UTC");
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
    m.putAll(option(plan, "spark"));
    return m;
  }

  /** Of Spark's Kafka source, but for the topic. */
  static Map<String, String> source(Plan plan) {
    Map<String, String> m = new LinkedHashMap<>();
    m.put("includeHeaders", "true");
    m.put("startingOffsets", "earliest");
    m.put("groupIdPrefix", plan.prefix());
    if (plan.exactlyOnce()) {
      m.put("maxOffsetsPerTrigger", Long.toString(EXACTLY_ONCE_OFFSETS));
    }
    Map<String, String> consumer = Clients.consumer(plan);
    consumer.remove("auto.offset.reset"); // Spark's own business, it refuses them
    consumer.remove("enable.auto.commit");
    consumer.forEach((k, v) -> m.put("kafka." + k, v));
    m.putAll(option(plan, "source"));
    return m;
  }

  /**
   * A transaction lasts as long as its batch is written, and a batch that ran into the timeout
   * would run into it again. Nobody waits for it: what a former life left open is ended by the next
   * one's start.
   */
  private static long transactionTimeout(Plan plan) {
    return Math.max(TRANSACTION_MILLIS, plan.transactionTimeoutMillis());
  }

  /** Of the producers. */
  static Map<String, String> producer(Plan plan) {
    Map<String, String> m = Clients.producer(plan);
    if (plan.exactlyOnce()) {
      m.put("transaction.timeout.ms", Long.toString(transactionTimeout(plan)));
    }
    m.putAll(option(plan, "producer"));
    return m;
  }
}
