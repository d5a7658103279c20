package io.streamgauge.sparkrealtime;

import io.streamgauge.joblib.contract.Job;
import io.streamgauge.joblib.contract.Plan;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The task slots that the queries of a job need. In Real-time Mode a task runs as long as its
 * batch, so all tasks of all queries must have slots at once: one for each partition that is read,
 * and behind a shuffle one for each of its partitions. With fewer, some partitions are never read,
 * and Spark says nothing.
 */
final class Slots {
  private static final List<String> STATEFUL =
      List.of("dedupe", "detect", "window", "aggregate", "reassemble", "scan");
  private static final Pattern LOCAL = Pattern.compile("local\\[(\\d+|\\*)(?:\\s*,\\s*\\d+)?]");

  private Slots() {}

  /** How many the plan's job needs. */
  static int needed(Plan plan, int shufflePartitions) {
    int n = 0;
    for (Job.Stage s : plan.job().stages()) {
      n += plan.partitions() + (stateful(s) ? shufflePartitions : 0);
    }
    return n;
  }

  private static boolean stateful(Job.Stage s) {
    return s.operators().stream().anyMatch(o -> STATEFUL.contains(o.name()));
  }

  /**
   * Refuses a master with fewer. One that does not say how many it has passes.
   *
   * @throws IllegalArgumentException with both numbers
   */
  static void check(String master, int needed) {
    int have = of(master);
    if (have < needed) {
      throw new IllegalArgumentException(
          "spark.master "
              + master
              + " has "
              + have
              + " task slots; Real-time Mode needs "
              + needed
              + " for this job, or it leaves partitions unread");
    }
  }

  private static int of(String master) {
    Matcher m = LOCAL.matcher(master);
    if (master.equals("local")) {
      return 1;
    }
    if (!m.matches()) {
      return Integer.MAX_VALUE;
    }
    return m.group(1).equals("*")
        ? Runtime.getRuntime().availableProcessors()
        : Integer.parseInt(m.group(1));
  }
}
