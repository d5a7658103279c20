package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Fixed;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Guarded;
import java.util.List;
import java.util.Map;
import org.apache.flink.util.TimeUtils;

/**
 * Settings that no option may change, because the adapter relies on them, or sets them itself.
 * Flink, or Kafka's client, would take another value and lose records, double them or let them
 * change places, without an error. Of Kafka's clients there are those of all engines, too: {@link
 * Guarded}.
 */
final class Reserved {
  private static final List<Fixed> FLINK =
      List.of(
          new Fixed(
              "execution.checkpointing.mode",
              List.of("EXACTLY_ONCE"),
              "state would have seen events that come again after a restart, and count them twice"),
          new Fixed(
              "execution.checkpointing.unaligned.enabled",
              List.of("false"),
              "tasks would remember different watermarks, and after a restart events that were on"
                  + " their way between tasks would be late"),
          new Fixed(
              "execution.checkpointing.externalized-checkpoint-retention",
              List.of("RETAIN_ON_CANCELLATION"),
              "a job that is cancelled would leave nothing to go on from, and the next would begin"
                  + " anew"),
          new Fixed("table.exec.state.ttl", List.of("0", "0 ms"), "totals would be forgotten"));

  private static final List<Fixed> CONSUMER =
      List.of(
          new Fixed(
              "enable.auto.commit",
              List.of("false"),
              "a drain would take for done what has only been read, and end too early"),
          new Fixed("commit.offsets.on.checkpoint", List.of("true"), "a drain would never end"),
          new Fixed("group.id", List.of(), "a drain asks for the offsets of the job's own group"),
          new Fixed(
              "partition.discovery.interval.ms", List.of("-1"), "topics get no new partitions"));

  private static final String INTERVAL = "execution.checkpointing.interval";

  private Reserved() {}

  /**
   * Refuses entries of Flink's configuration.
   *
   * @throws IllegalArgumentException with the option, what is wanted and what it would do
   */
  static void flink(Plan plan, Map<String, String> options) {
    FLINK.forEach(r -> r.check("flink", "", options));
    ofPlan(plan).forEach(r -> r.check("flink", "", options));
    options.forEach(Reserved::checkpoints);
  }

  /** An interval of nothing is Flink's way to say that there are no checkpoints. */
  private static void checkpoints(String name, String value) {
    if (name.equalsIgnoreCase(INTERVAL) && TimeUtils.parseDuration(value).isZero()) {
      throw new IllegalArgumentException(
          "option flink: {%s: %s}; want 10 ms or more, or leave it out: without checkpoints nothing is"
                  .formatted(name, value)
              + " committed, and a drain would never end");
    }
  }

  /** What Flink's configuration has from the plan. */
  private static List<Fixed> ofPlan(Plan plan) {
    String tasks = Integer.toString(Settings.parallelism(plan));
    return List.of(
        new Fixed(
            "parallelism.default",
            List.of(tasks),
            "the scenario's parallelism says it, and a task without a partition would hold every"
                + " window open"),
        new Fixed(
            "taskmanager.numberOfTaskSlots",
            List.of(tasks),
            "there is one for each task of a stage"),
        new Fixed(
            "table.exec.resource.default-parallelism",
            List.of("-1", tasks),
            "updates of a device would be dealt out to several sinks, and change places"),
        new Fixed(
            "pipeline.name",
            List.of(plan.prefix()),
            "a job that a killed process has left is found by it; it would go on beside the next"));
  }

  /**
   * Refuses settings of Kafka's consumers.
   *
   * @throws IllegalArgumentException with the option, what is wanted and what it would do
   */
  static void consumer(Plan plan, Map<String, String> options) {
    CONSUMER.forEach(r -> r.check("consumer", "", options));
    Guarded.consumer("consumer", "", options, plan.exactlyOnce());
  }

  /**
   * Refuses settings of Kafka's producers.
   *
   * @throws IllegalArgumentException with the option, what is wanted and what it would do
   */
  static void producer(Map<String, String> options) {
    Guarded.producer("producer", "", options);
  }
}
