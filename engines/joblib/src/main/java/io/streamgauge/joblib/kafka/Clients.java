package io.streamgauge.joblib.kafka;

import io.streamgauge.joblib.contract.Plan;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

/**
 * Settings of Kafka's clients, the same for every engine where the engine lets us choose: acks of
 * all replicas, no linger (batches form while a request is on its way), no compression, sizes that
 * fit the plan's largest record. Values are strings, so that any framework takes them.
 */
public final class Clients {
  private static final long MIN_BUFFER = 64 << 20;
  private static final long MIN_REQUEST = 1 << 20;
  private static final long LARGE_RECORD = 16_000_000;

  private Clients() {}

  /**
   * Addresses and, where the plan names a file, its settings, TLS and SASL above all, but for those
   * that are {@link Guarded}.
   */
  public static Map<String, String> common(Plan plan) {
    Map<String, String> m = new LinkedHashMap<>();
    m.put("bootstrap.servers", plan.bootstrap());
    if (plan.securityFile() != null) {
      Properties p = new Properties();
      try (InputStream in = Files.newInputStream(Path.of(plan.securityFile()))) {
        p.load(in);
      } catch (IOException e) {
        throw new UncheckedIOException("reading the security settings", e);
      }
      p.forEach((k, v) -> m.put((String) k, (String) v));
      Guarded.drop(m);
      m.put("bootstrap.servers", plan.bootstrap());
    }
    return m;
  }

  /** For producers; without serializers. */
  public static Map<String, String> producer(Plan plan) {
    Map<String, String> m = common(plan);
    m.put("acks", "all");
    m.put("enable.idempotence", "true");
    m.put("linger.ms", "0");
    m.put("compression.type", "none");
    m.put("max.request.size", Long.toString(Math.max(MIN_REQUEST, plan.maxRecordBytes() + 4096)));
    m.put("buffer.memory", Long.toString(Math.max(MIN_BUFFER, 2 * plan.maxRecordBytes())));
    m.put("transaction.timeout.ms", Long.toString(plan.transactionTimeoutMillis()));
    if (plan.maxRecordBytes() > LARGE_RECORD) {
      // On a busy machine one of them took longer than Kafka's own 30 s and 2 minutes.
      m.put("request.timeout.ms", "300000");
      m.put("delivery.timeout.ms", "900000");
    }
    return m;
  }

  /**
   * For consumers; without group and deserializers. Reads from the beginning where nothing is
   * committed.
   */
  public static Map<String, String> consumer(Plan plan) {
    Map<String, String> m = common(plan);
    m.put("auto.offset.reset", "earliest");
    m.put("enable.auto.commit", "false");
    m.put("isolation.level", plan.exactlyOnce() ? "read_committed" : "read_uncommitted");
    m.put("fetch.min.bytes", "1");
    m.put("fetch.max.wait.ms", "500");
    m.put("allow.auto.create.topics", "false");
    return m;
  }

  /** The same settings with values as objects, which Kafka's own constructors want. */
  public static Map<String, Object> objects(Map<String, String> settings) {
    return new LinkedHashMap<>(settings);
  }
}
