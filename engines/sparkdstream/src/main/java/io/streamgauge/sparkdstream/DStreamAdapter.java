package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Adapter;
import io.streamgauge.joblib.contract.Hello;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Registries;
import io.streamgauge.joblib.operator.Stage;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.streaming.Checkpoint;
import org.apache.spark.streaming.api.java.JavaStreamingContext;

/** The life of the application under the contract: start, drain, stop. */
final class DStreamAdapter implements Adapter {
  @Override
  public Hello hello() {
    return new Hello(
        "spark-dstream",
        Settings.VERSION,
        List.of("at-least-once"),
        Hello.fits(Map.of("window", "adapted", "reassemble", "adapted", "scan", "adapted")));
  }

  @Override
  public Map<String, Object> settings(Plan plan) {
    return new Settings(plan).effective();
  }

  @Override
  public void run(Session session) throws Exception {
    Plan plan = session.plan();
    if (plan.exactlyOnce()) {
      throw new IllegalArgumentException(
          "guarantee exactly-once: DStream gives at-least-once only");
    }
    List<Stage> stages = Stage.compile(plan, Registries.of(plan));
    Progress.here().tell(session.status(), stages.size());
    JavaStreamingContext context = new Topology(plan, stages).open();
    context.addStreamingListener(new BatchListener(context.ssc().sparkContext()));
    tell(context.ssc().initialCheckpoint());
    context.start();
    Progress.here().started();
    session.status().ready();
    CompletableFuture<Void> ended = whenEnded(context);
    session.awaitEnd(ended);
    new Ending(session, ended).finish(context);
  }

  /**
   * Tells what is run again.
   *
   * @param restored what the application goes on from; null where it begins
   */
  private static void tell(Checkpoint restored) {
    if (restored != null) {
      Progress.here().restored(restored.checkpointTime(), restored.pendingTimes());
    }
  }

  /** Completes when the context has stopped by itself; exceptionally when a batch has failed. */
  private static CompletableFuture<Void> whenEnded(JavaStreamingContext context) {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Thread waiting =
        new Thread(
            () -> {
              try {
                context.awaitTermination();
                ended.complete(null);
              } catch (Throwable t) { // whatever Spark throws, declared or not
                ended.completeExceptionally(t);
              }
            },
            "await-termination");
    waiting.setDaemon(true);
    waiting.start();
    return ended;
  }
}
