package io.streamgauge.spark;

import java.util.List;
import java.util.Map;

/**
 * Settings that no option may change, because the adapters rely on them: a batch takes all that a
 * topic has, from its beginning, one task reads what it has of a partition, and each task runs
 * once. Spark would take another value and lose records, or let them change places, without an
 * error.
 */
public final class Reserved {
  private static final String SHARED =
      "tasks that share a partition of the topic let its records change places, and exactly once"
          + " those of all but one of them would be lost";

  private static final String EARLIER = "what was sent before would never be read";
  private static final String OWN_TOPIC = "each query reads the topic of its stage";

  private static final List<Rule> SOURCE =
      List.of(
          new Rule("minPartitions", null, SHARED + "; more partitions of the topic are more tasks"),
          new Rule(
              "maxRecordsPerPartition", null, SHARED + "; maxOffsetsPerTrigger bounds a batch"),
          new Rule(
              "minOffsetsPerTrigger",
              null,
              "a drain would end before what is held back for more to come has been read"),
          new Rule("failOnDataLoss", "true", "records that Kafka has lost would be passed over"),
          new Rule("startingOffsets", "earliest", EARLIER),
          new Rule("startingOffsetsByTimestamp", null, EARLIER),
          new Rule("startingTimestamp", null, EARLIER),
          new Rule("includeHeaders", "true", "an event is known by its headers"),
          new Rule("assign", null, OWN_TOPIC),
          new Rule("subscribe", null, OWN_TOPIC),
          new Rule("subscribePattern", null, OWN_TOPIC),
          new Rule("kafka.group.id", null, "queries of a group can take partitions from another"));

  private static final Rule COMMITTED =
      new Rule(
          "kafka.isolation.level",
          "read_committed",
          "exactly once, results of transactions that were aborted would be read");

  private static final List<Rule> SPARK =
      List.of(
          new Rule("spark.speculation", "false", "a task that runs twice at once writes twice"),
          new Rule(
              "spark.sql.streaming.noDataMicroBatches.enabled",
              "true",
              "windows would wait for events that may never come"),
          new Rule(
              "spark.sql.streaming.realTimeMode.dangerouslyAllowCheckpointV1.enabled",
              "false",
              "a batch that is done again could go on from state that it had half written"));

  private Reserved() {}

  /**
   * Refuses options of Spark's Kafka source, which takes their names in any case.
   *
   * @throws IllegalArgumentException with the option, what it would do and what to do instead
   */
  public static void source(Map<String, String> options, boolean exactlyOnce) {
    SOURCE.forEach(r -> r.check("source", options));
    if (exactlyOnce) {
      COMMITTED.check("source", options);
    }
  }

  /**
   * Refuses entries of Spark's configuration.
   *
   * @throws IllegalArgumentException with the option, what it would do and what to do instead
   */
  public static void spark(Map<String, String> options) {
    SPARK.forEach(r -> r.check("spark", options));
  }

  /** A setting, the one value it may have, or null for none, and why. */
  private record Rule(String setting, String value, String why) {
    void check(String option, Map<String, String> options) {
      options.forEach(
          (name, given) -> {
            if (name.equalsIgnoreCase(setting) && !given.strip().equalsIgnoreCase(value)) {
              throw new IllegalArgumentException(
                  "option %s: {%s: %s}; %s: %s".formatted(option, name, given, wanted(), why));
            }
          });
    }

    private String wanted() {
      return value == null ? "leave it out" : "want " + value + ", or leave it out";
    }
  }
}
