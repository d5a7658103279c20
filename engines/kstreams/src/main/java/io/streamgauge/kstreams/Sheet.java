package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Plan;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** What the fairness sheet shows of this engine. */
final class Sheet {
  private Sheet() {}

  /**
   * Settings by the names Kafka Streams has for them; addresses, secrets and names of the run left
   * out.
   */
  static Map<String, Object> of(Plan plan, Options options) {
    Map<String, Object> m = new LinkedHashMap<>();
    m.put("store", options.rocksdb() ? "rocksdb" : "in-memory");
    Settings.of(plan, options)
        .forEach(
            (k, v) -> {
              if (!hidden(k)) {
                m.put(k, v);
              }
            });
    m.putIfAbsent( // Kafka Streams sets it by its guarantee
        "main.consumer.isolation.level",
        plan.exactlyOnce() ? "read_committed" : "read_uncommitted");
    m.put("java.version", Runtime.version().toString());
    m.put("heap.bytes", Runtime.getRuntime().maxMemory());
    m.put(
        "collector",
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .map(b -> b.getName())
            .collect(Collectors.joining(", ")));
    return m;
  }

  private static boolean hidden(String name) {
    return name.startsWith("bootstrap.")
        || name.startsWith("sasl.")
        || name.startsWith("ssl.")
        || name.startsWith("security.")
        || name.equals("application.id")
        || name.equals("state.dir")
        || name.endsWith("group.instance.id");
  }
}
