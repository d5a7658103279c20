package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Adapter;
import io.streamgauge.joblib.contract.Hello;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.SparkSession;

/**
 * Spark Structured Streaming: one application, a streaming query for each stage of the job, and one
 * more for each that has windows.
 */
final class SparkAdapter implements Adapter {
  private static final String VERSION = "4.2.0";

  @Override
  public Hello hello() {
    return new Hello(
        "spark",
        VERSION,
        List.of("at-least-once", "exactly-once"),
        Hello.fits(Map.of("scan", "adapted")));
  }

  @Override
  public Map<String, Object> settings(Plan plan) {
    Map<String, Object> m = new LinkedHashMap<>(Settings.spark(plan));
    m.put("trigger", "ProcessingTime(" + plan.batchIntervalMillis() + " ms)");
    Settings.source(plan).forEach((k, v) -> m.put("source." + k, v));
    Settings.producer(plan).forEach((k, v) -> m.put("producer." + k, v));
    return m;
  }

  @Override
  public void run(Session session) throws Exception {
    Plan plan = session.plan();
    SparkSession spark = open(plan);
    Progress progress = new Progress(session.status());
    spark.streams().addListener(progress);
    Queries queries = new Queries(plan, spark, progress);
    List<List<StageQuery>> stages = new ArrayList<>();
    for (int i = 0; i < plan.job().stages().size(); i++) {
      stages.add(queries.start(i));
    }
    session.status().ready();
    CompletableFuture.anyOf(session.draining(), session.stopping(), progress.died()).join();
    if (session.draining().isDone()) {
      CompletableFuture<Void> drained = Background.run("drain", () -> drain(stages, plan));
      CompletableFuture.anyOf(drained, session.stopping(), progress.died())
          .handle((v, e) -> null)
          .join();
      if (drained.isDone() && !progress.died().isDone()) {
        drained.get();
        return;
      }
    }
    List<StageQuery> running = stages.stream().flatMap(Collection::stream).toList();
    end(running, plan);
    for (StageQuery q : running) {
      q.rethrow();
    }
  }

  private static SparkSession open(Plan plan) throws Exception {
    Scratch.clear(plan.stateDir().resolve("local"));
    if (plan.onCluster() && Yarn.isMaster(plan)) {
      Yarn.check();
    }
    SparkSession.Builder builder = SparkSession.builder();
    Settings.spark(plan).forEach(builder::config);
    SparkSession spark = builder.getOrCreate();
    if (plan.exactlyOnce()) {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < plan.job().stages().size(); i++) {
        ids.addAll(Lane.ids(plan, i));
      }
      Markers.open(plan, ids);
    }
    return spark;
  }

  /** Stage by stage: a topic has its end when the stage before has none left to write. */
  private static void drain(List<List<StageQuery>> stages, Plan plan) throws Exception {
    for (int i = 0; i < stages.size(); i++) {
      Map<TopicPartition, Long> ends = StageQuery.ends(plan, i);
      for (StageQuery q : stages.get(i)) {
        q.drain(plan, ends);
      }
    }
  }

  /** Stops all queries, each after its batch. */
  private static void end(List<StageQuery> running, Plan plan) throws Exception {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.stopMillis() / 2);
    running.forEach(StageQuery::close);
    for (StageQuery q : running) {
      q.stop(TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime()));
    }
  }
}
