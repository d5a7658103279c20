package io.streamgauge.kstreams;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Window;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;
import org.apache.kafka.streams.state.DslStoreSuppliers;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;

/**
 * The engine's own settings in a plan; docs/engines/kstreams.md has the table.
 *
 * @param rocksdb whether state is in RocksDB; in memory otherwise. Either has a changelog topic
 * @param retentionMillis how long windows are kept in their store, of event time; 0: as long as the
 *     plan's event time reaches
 * @param streams settings of Kafka Streams by its own names, which win over the adapter's but for
 *     those that are {@link Reserved}
 */
record Options(boolean rocksdb, long retentionMillis, Map<String, String> streams) {
  private static final List<String> KNOWN = List.of("store", "window_retention_ms", "streams");
  private static final String ROCKSDB = "rocksdb";
  private static final String IN_MEMORY = "in-memory";

  /**
   * Reads the options of a plan.
   *
   * @throws IllegalArgumentException for one that is unknown or has a value that is none
   */
  static Options of(Plan plan) {
    JsonNode n = plan.options();
    for (Iterator<String> names = n.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!KNOWN.contains(name)) {
        throw new IllegalArgumentException(
            "unknown option \"" + name + "\"; kstreams has " + String.join(", ", KNOWN));
      }
    }
    String store = n.path("store").asText(ROCKSDB);
    if (!store.equals(ROCKSDB) && !store.equals(IN_MEMORY)) {
      throw new IllegalArgumentException(
          "option store is \"" + store + "\"; want " + ROCKSDB + " or " + IN_MEMORY);
    }
    JsonNode retention = n.path("window_retention_ms");
    if (!retention.isMissingNode() && (!retention.isIntegralNumber() || retention.asLong() <= 0)) {
      throw new IllegalArgumentException(
          "option window_retention_ms is " + retention + "; want a number above 0");
    }
    Map<String, String> streams = streams(n.path("streams"));
    Reserved.check(plan, streams);
    return new Options(store.equals(ROCKSDB), retention.asLong(), streams);
  }

  private static Map<String, String> streams(JsonNode n) {
    if (!n.isMissingNode() && !n.isObject()) {
      throw new IllegalArgumentException("option streams is " + n + "; want {NAME: VALUE, …}");
    }
    Map<String, String> streams = new LinkedHashMap<>();
    n.properties().forEach(f -> streams.put(f.getKey(), value(f.getKey(), f.getValue())));
    return streams;
  }

  private static String value(String name, JsonNode v) {
    if (!v.isValueNode() || v.isNull()) {
      throw new IllegalArgumentException(
          "option streams: {" + name + ": " + v + "}; want one value, as producer.linger.ms has");
    }
    return v.asText();
  }

  KeyValueBytesStoreSupplier keyValueStore(String name) {
    return rocksdb ? Stores.persistentKeyValueStore(name) : Stores.inMemoryKeyValueStore(name);
  }

  DslStoreSuppliers windowStore() {
    return rocksdb ? BuiltInDslStoreSuppliers.ROCKS_DB : BuiltInDslStoreSuppliers.IN_MEMORY;
  }

  /**
   * How long the store of a window operator keeps windows, ms of event time. Kafka Streams' own
   * choice, size + lateness, would lose results: a store expires windows by the newest start put
   * into it, also those that are still to be emitted, so an event that far ahead of an open window
   * makes it vanish. What is certain is the whole range of the plan.
   */
  long windowRetention(Plan plan, Window window) {
    long least = window.size() + window.lateness();
    if (retentionMillis > 0) {
      return Math.max(least, retentionMillis);
    }
    return Math.addExact(least, Math.subtractExact(plan.eventTimeMax(), plan.eventTimeMin()));
  }
}
