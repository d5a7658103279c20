package io.streamgauge.trident;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamgauge.joblib.contract.Plan;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.storm.Config;

/**
 * The engine's own settings in a plan. Beside those below, every key that begins with {@code
 * topology.} goes into Storm's configuration as it is.
 *
 * @param maxPollRecords records of a spout task in one batch at most: a batch is one poll
 * @param fetchBytes bytes of a partition that one fetch, and so one batch, brings at most; a larger
 *     record comes alone
 * @param pollTimeoutMillis how long a batch waits for its first record
 * @param maxSpoutPending batches of a stage under way at the same time
 * @param messageTimeoutSeconds after which a batch that is not answered is replayed
 * @param exactReemission a batch is replayed from its first to its last offset; false: as Storm's
 *     own emitter does
 * @param zookeeperSync ZooKeeper forces its log to the disk; false: to the operating system, which
 *     outlives a kill
 * @param topology further settings of Storm
 */
record Options(
    int maxPollRecords,
    int fetchBytes,
    long pollTimeoutMillis,
    int maxSpoutPending,
    int messageTimeoutSeconds,
    boolean exactReemission,
    boolean zookeeperSync,
    Map<String, Object> topology) {
  private static final int MAX_POLL_RECORDS = 20_000;
  private static final int FETCH_BYTES = 4 << 20;
  private static final long POLL_TIMEOUT_MILLIS = 200;
  private static final int MAX_SPOUT_PENDING = 1;
  private static final int MESSAGE_TIMEOUT_SECONDS = 120;

  /**
   * The options of a plan.
   *
   * @throws IllegalArgumentException for one that is unknown, or has a value that will not do
   */
  static Options of(Plan plan) {
    JsonNode given = plan.options();
    boolean large = plan.job().payloads();
    Map<String, Object> topology = new LinkedHashMap<>();
    given
        .properties()
        .forEach(
            f -> {
              if (f.getKey().startsWith("topology.")) {
                topology.put(f.getKey(), value(f.getKey(), f.getValue()));
              } else {
                known(f.getKey());
              }
            });
    acked(topology);
    return new Options(
        (int)
            number(
                given, "max_poll_records", large ? LargeMessages.POLL_RECORDS : MAX_POLL_RECORDS),
        (int)
            number(
                given,
                "max_partition_fetch_bytes",
                large ? LargeMessages.fetchBytes(plan) : FETCH_BYTES),
        number(given, "poll_timeout_ms", POLL_TIMEOUT_MILLIS),
        (int) number(given, "max_spout_pending", MAX_SPOUT_PENDING),
        (int)
            number(
                given,
                "message_timeout_s",
                large ? LargeMessages.TIMEOUT_SECONDS : MESSAGE_TIMEOUT_SECONDS),
        flag(given, "exact_reemission", true),
        flag(given, "zookeeper_sync", false),
        topology);
  }

  /**
   * Without ackers a tuple counts as acknowledged when a spout emits it. The coordinator of Trident
   * is a spout: it would write a batch down as committed before anything of it is done.
   */
  private static void acked(Map<String, Object> topology) {
    String name = Config.TOPOLOGY_ACKER_EXECUTORS;
    if (topology.get(name) instanceof Number n && n.longValue() < 1) {
      throw new IllegalArgumentException(
          "option "
              + name
              + " is "
              + n
              + "; want 1 or more, or leave it out: what a kill cuts off of a batch would be lost");
    }
  }

  private static void known(String name) {
    switch (name) {
      case "max_poll_records",
          "max_partition_fetch_bytes",
          "poll_timeout_ms",
          "max_spout_pending",
          "message_timeout_s",
          "exact_reemission",
          "zookeeper_sync" -> {}
      default ->
          throw new IllegalArgumentException(
              "unknown option \""
                  + name
                  + "\"; known: max_poll_records,"
                  + " max_partition_fetch_bytes, poll_timeout_ms, max_spout_pending, message_timeout_s, exact_reemission,"
                  + " zookeeper_sync, and Storm's own that begin with topology.");
    }
  }

  private static long number(JsonNode given, String name, long otherwise) {
    JsonNode n = given.path(name);
    if (n.isMissingNode()) {
      return otherwise;
    }
    if (!n.isIntegralNumber() || n.asLong() < 1 || n.asLong() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "option " + name + " is " + n + "; want a whole number from 1");
    }
    return n.asLong();
  }

  private static boolean flag(JsonNode given, String name, boolean otherwise) {
    JsonNode n = given.path(name);
    if (n.isMissingNode()) {
      return otherwise;
    }
    if (!n.isBoolean()) {
      throw new IllegalArgumentException("option " + name + " is " + n + "; want true or false");
    }
    return n.asBoolean();
  }

  /** Storm takes a text without words for a list, so a list must not become one. */
  private static Object value(String name, JsonNode n) {
    if (n.isContainerNode() || n.isNull()) {
      throw new IllegalArgumentException(
          "option " + name + " is " + n + "; want a number, a text, true or false");
    }
    if (n.isIntegralNumber()) {
      return n.asLong();
    }
    if (n.isNumber()) {
      return n.asDouble();
    }
    return n.isBoolean() ? (Object) n.asBoolean() : n.asText();
  }
}
