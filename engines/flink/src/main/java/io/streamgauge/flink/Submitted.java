package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The job as a program for a cluster: submitted with the jars, by Flink's command line or REST,
 * with one argument, the plan's file or its text. The cluster says where to restore from, and stops
 * it with a savepoint.
 */
public final class Submitted {
  private Submitted() {}

  public static void main(String[] args) throws Exception {
    if (args.length != 1) {
      throw new IllegalArgumentException("want one argument: a plan, as a file or as JSON");
    }
    Plan plan =
        args[0].stripLeading().startsWith("{") ? Plan.parse(args[0]) : Plan.read(Path.of(args[0]));
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(
            Configuration.fromMap(Settings.ofJob(plan)));
    Pipelines.build(env, plan, Aggregating::over);
    env.executeAsync(plan.prefix());
  }
}
