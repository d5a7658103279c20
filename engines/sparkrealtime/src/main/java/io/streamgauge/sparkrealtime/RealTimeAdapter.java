package io.streamgauge.sparkrealtime;

import io.streamgauge.joblib.contract.Adapter;
import io.streamgauge.joblib.contract.Hello;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.spark.Background;
import io.streamgauge.spark.Progress;
import io.streamgauge.spark.Scratch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;

/** Spark's Real-time Mode: one application, a streaming query for each stage of the job. */
final class RealTimeAdapter implements Adapter {
  private static final String VERSION = "4.3.0";

  @Override
  public Hello hello() {
    return new Hello(
        "spark-realtime",
        VERSION,
        List.of("at-least-once"),
        Hello.fits(Map.of("window", "adapted")));
  }

  @Override
  public Map<String, Object> settings(Plan plan) {
    Settings.check(plan);
    return Settings.effective(plan);
  }

  @Override
  public void run(Session session) throws Exception {
    Plan plan = session.plan();
    if (plan.exactlyOnce()) {
      throw new IllegalArgumentException(
          "guarantee exactly-once: Real-time Mode gives at-least-once only");
    }
    SparkSession spark = open(plan);
    Progress progress = new Progress(session.status());
    spark.streams().addListener(progress);
    Queries queries = new Queries(plan, spark, progress);
    List<StageRun> running = new ArrayList<>();
    for (int i = 0; i < plan.job().stages().size(); i++) {
      running.add(queries.start(i));
    }
    session.status().ready();
    CompletableFuture.anyOf(session.draining(), session.stopping(), progress.died()).join();
    if (session.draining().isDone() && drain(session, running, progress)) {
      return;
    }
    end(running, plan);
    for (StageRun q : running) {
      q.rethrow();
    }
  }

  private static SparkSession open(Plan plan) throws Exception {
    Scratch.clear(plan.stateDir().resolve("local"));
    SparkSession.Builder builder = SparkSession.builder();
    Settings.spark(plan).forEach(builder::config);
    return builder.getOrCreate();
  }

  /**
   * Stage by stage: a topic has its end when the stage before has none left to write. False: told
   * to stop meanwhile, or a query died.
   */
  private static boolean drain(Session session, List<StageRun> running, Progress progress)
      throws Exception {
    CompletableFuture<Void> drained =
        Background.run(
            "drain",
            () -> {
              for (StageRun q : running) {
                q.drain(session.plan());
              }
            });
    CompletableFuture.anyOf(drained, session.stopping(), progress.died())
        .handle((v, e) -> null)
        .join();
    if (!drained.isDone() || progress.died().isDone()) {
      return false;
    }
    drained.get();
    return true;
  }

  /** Stops all queries, each after its batch. */
  private static void end(List<StageRun> running, Plan plan) throws Exception {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.stopMillis() * 2 / 3);
    running.forEach(StageRun::close);
    for (StageRun q : running) {
      q.stop(TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime()));
    }
  }
}
