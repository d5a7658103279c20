package io.streamgauge.flink;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;

/** The engine's own settings in a plan; docs/engines/flink.md has their table. */
final class Options {
  private static final List<String> KNOWN =
      List.of("flink", "consumer", "producer", "transactions");

  // A transaction that belongs to a completed checkpoint is committed after it, by the next life if
  // need be. If the broker
  // has aborted it by then, its records are lost, and the sink only warns. So it must outlast a
  // checkpoint and a restart:
  // longest that a broker allows by default. A new life ends the old one's transactions at once, so
  // nobody waits for this.
  private static final long TRANSACTION_TIMEOUT = 900_000;

  private final Plan plan;

  /**
   * Reads the settings.
   *
   * @throws IllegalArgumentException for one that there is not, or a value that cannot be
   */
  Options(Plan plan) {
    this.plan = plan;
    plan.options()
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!KNOWN.contains(name)) {
                throw new IllegalArgumentException(
                    "option \""
                        + name
                        + "\": flink has none of that name, but "
                        + String.join(", ", KNOWN));
              }
            });
    transactions();
    Reserved.flink(plan, flink());
    Reserved.consumer(plan, texts("consumer"));
    Reserved.producer(texts("producer"));
  }

  /**
   * Entries of Flink's configuration, by Flink's names; they win over ours, and none is {@link
   * Reserved}.
   */
  Map<String, String> flink() {
    return texts("flink");
  }

  /** How transactional ids are formed: from a pool, or one for each checkpoint. */
  TransactionNamingStrategy transactions() {
    String name = plan.options().path("transactions").asText("pooling");
    return switch (name) {
      case "pooling" -> TransactionNamingStrategy.POOLING;
      case "incrementing" -> TransactionNamingStrategy.INCREMENTING;
      default ->
          throw new IllegalArgumentException(
              "option \"transactions\" is \"" + name + "\"; want pooling or incrementing");
    };
  }

  /** Settings of Kafka's consumers. */
  Map<String, String> consumer() {
    Map<String, String> m = Clients.consumer(plan);
    m.putAll(texts("consumer"));
    return m;
  }

  /** Settings of Kafka's producers. */
  Map<String, String> producer() {
    Map<String, String> m = Clients.producer(plan);
    m.put(
        "transaction.timeout.ms",
        Long.toString(Math.max(TRANSACTION_TIMEOUT, plan.transactionTimeoutMillis())));
    m.putAll(texts("producer"));
    return m;
  }

  static Properties properties(Map<String, String> settings) {
    Properties p = new Properties();
    p.putAll(settings);
    return p;
  }

  private Map<String, String> texts(String field) {
    Map<String, String> m = new LinkedHashMap<>();
    JsonNode n = plan.options().path(field);
    if (!n.isObject() && !n.isMissingNode() && !n.isNull()) {
      throw new IllegalArgumentException(
          "option \"" + field + "\" is " + n + "; want names, each with its value");
    }
    n.fieldNames().forEachRemaining(name -> m.put(name, text(field, name, n.path(name))));
    return m;
  }

  private static String text(String field, String name, JsonNode value) {
    if (!value.isValueNode() || value.isNull()) {
      throw new IllegalArgumentException(
          "option %s: {%s: %s}; want one value, and names in full, with their dots"
              .formatted(field, name, value));
    }
    return value.asText();
  }
}
