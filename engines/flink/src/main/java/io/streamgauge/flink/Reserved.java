package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Guarded;
import java.util.List;
import java.util.Map;

/**
 * Settings that no option may change, because the adapter relies on them, or sets them itself.
 * Flink, or Kafka's client, would take another value and lose records, double them or let them
 * change places, without an error. Of Kafka's clients there are those of all engines, too: {@link
 * Guarded}.
 */
final class Reserved {
  private static final List<Rule> FLINK =
      List.of(
          new Rule(
              "execution.checkpointing.mode",
              "state would have seen events that come again after a restart, and count them twice",
              "EXACTLY_ONCE"),
          new Rule(
              "execution.checkpointing.unaligned.enabled",
              "tasks would remember different watermarks, and after a restart events that were on"
                  + " their way between tasks would be late",
              "false"),
          new Rule(
              "execution.checkpointing.externalized-checkpoint-retention",
              "a job that is cancelled would leave nothing to go on from, and the next would begin"
                  + " anew",
              "RETAIN_ON_CANCELLATION"),
          new Rule("table.exec.state.ttl", "totals would be forgotten", "0", "0 ms"));

  private static final List<Rule> CONSUMER =
      List.of(
          new Rule(
              "enable.auto.commit",
              "a drain would take for done what has only been read, and end too early",
              "false"),
          new Rule("commit.offsets.on.checkpoint", "a drain would never end", "true"),
          new Rule("group.id", "a drain asks for the offsets of the job's own group"),
          new Rule("partition.discovery.interval.ms", "topics get no new partitions", "-1"));

  private Reserved() {}

  /**
   * Refuses entries of Flink's configuration.
   *
   * @throws IllegalArgumentException with the option, what is wanted and what it would do
   */
  static void flink(Plan plan, Map<String, String> options) {
    FLINK.forEach(r -> r.check("flink", options));
    ofPlan(plan).forEach(r -> r.check("flink", options));
  }

  /** What Flink's configuration has from the plan. */
  private static List<Rule> ofPlan(Plan plan) {
    String tasks = Integer.toString(Settings.parallelism(plan));
    return List.of(
        new Rule(
            "parallelism.default",
            "the scenario's parallelism says it, and a task without a partition would hold every"
                + " window open",
            tasks),
        new Rule("taskmanager.numberOfTaskSlots", "there is one for each task of a stage", tasks),
        new Rule(
            "table.exec.resource.default-parallelism",
            "updates of a device would be dealt out to several sinks, and change places",
            "-1",
            tasks),
        new Rule(
            "pipeline.name",
            "a job that a killed process has left is found by it; it would go on beside the next",
            plan.prefix()));
  }

  /**
   * Refuses settings of Kafka's consumers.
   *
   * @throws IllegalArgumentException with the option, what is wanted and what it would do
   */
  static void consumer(Plan plan, Map<String, String> options) {
    CONSUMER.forEach(r -> r.check("consumer", options));
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

  /** A setting, why it may not be changed, and the values it may have; none: it may not be set. */
  private record Rule(String setting, String why, String... values) {
    void check(String option, Map<String, String> options) {
      String given = options.get(setting);
      if (given == null || List.of(values).stream().anyMatch(given.strip()::equalsIgnoreCase)) {
        return;
      }
      throw new IllegalArgumentException(
          "option %s: {%s: %s}; %s: %s".formatted(option, setting, given, wanted(), why));
    }

    private String wanted() {
      return values.length == 0
          ? "leave it out"
          : "want " + String.join(" or ", values) + ", or leave it out";
    }
  }
}
