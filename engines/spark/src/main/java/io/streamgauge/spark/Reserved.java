package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Fixed;
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

  private static final List<Fixed> SOURCE =
      List.of(
          new Fixed(
              "minPartitions", List.of(), SHARED + "; more partitions of the topic are more tasks"),
          new Fixed(
              "maxRecordsPerPartition",
              List.of(),
              SHARED + "; maxOffsetsPerTrigger bounds a batch"),
          new Fixed(
              "minOffsetsPerTrigger",
              List.of(),
              "a drain would end before what is held back for more to come has been read"),
          new Fixed(
              "failOnDataLoss",
              List.of("true"),
              "records that Kafka has lost would be passed over"),
          new Fixed("startingOffsets", List.of("earliest"), EARLIER),
          new Fixed("startingOffsetsByTimestamp", List.of(), EARLIER),
          new Fixed("startingTimestamp", List.of(), EARLIER),
          new Fixed("includeHeaders", List.of("true"), "an event is known by its headers"),
          new Fixed("assign", List.of(), OWN_TOPIC),
          new Fixed("subscribe", List.of(), OWN_TOPIC),
          new Fixed("subscribePattern", List.of(), OWN_TOPIC),
          new Fixed(
              "kafka.group.id", List.of(), "queries of a group can take partitions from another"));

  private static final Fixed COMMITTED =
      new Fixed(
          "kafka.isolation.level",
          List.of("read_committed"),
          "exactly once, results of transactions that were aborted would be read");

  private static final List<Fixed> SPARK =
      List.of(
          new Fixed(
              "spark.speculation", List.of("false"), "a task that runs twice at once writes twice"),
          new Fixed(
              "spark.sql.streaming.noDataMicroBatches.enabled",
              List.of("true"),
              "windows would wait for events that may never come"),
          new Fixed(
              "spark.sql.streaming.realTimeMode.dangerouslyAllowCheckpointV1.enabled",
              List.of("false"),
              "a batch that is done again could go on from state that it had half written"));

  private Reserved() {}

  /**
   * Refuses options of Spark's Kafka source, which takes their names in any case.
   *
   * @throws IllegalArgumentException with the option, what it would do and what to do instead
   */
  public static void source(Map<String, String> options, boolean exactlyOnce) {
    SOURCE.forEach(r -> r.check("source", "", options));
    if (exactlyOnce) {
      COMMITTED.check("source", "", options);
    }
  }

  /**
   * Refuses entries of Spark's configuration.
   *
   * @throws IllegalArgumentException with the option, what it would do and what to do instead
   */
  public static void spark(Map<String, String> options) {
    SPARK.forEach(r -> r.check("spark", "", options));
  }
}
