package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Clients;
import io.streamgauge.joblib.kafka.Ends;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.streaming.api.java.JavaStreamingContext;

/** The end of an application: drained, told to stop, or failed. */
final class Ending {
  private final Plan plan;
  private final CompletableFuture<Void> stopping;
  private final CompletableFuture<Void> ended;

  /**
   * @param ended completes when the context has ended by itself, exceptionally when a batch has
   *     failed
   */
  Ending(Session session, CompletableFuture<Void> ended) {
    plan = session.plan();
    stopping = session.stopping();
    this.ended = ended;
  }

  /** Waits until everything is read and written, unless it is to stop at once; then stops. */
  void finish(JavaStreamingContext context) throws Exception {
    try (Ends ends = new Ends(plan)) {
      for (int stage = 0; stage < plan.job().stages().size() && !stopping.isDone(); stage++) {
        // Asked now, when the stage before has written everything.
        CompletableFuture<Void> drained = Progress.here().until(ends.of(plan.stageInput(stage)));
        CompletableFuture.anyOf(drained, stopping, ended).join();
      }
    }
    if (ended.isDone()) {
      throw new IllegalStateException("Spark Streaming ended by itself");
    }
    stop(context);
    commit();
  }

  /**
   * Stops in order: batches that were cut are run, and the last checkpoint is written. That can
   * take long where many wait, and has been seen to hang; state on disk is whole at any time, so
   * that leaving without it loses nothing.
   */
  private void stop(JavaStreamingContext context) throws InterruptedException {
    Thread graceful = new Thread(() -> context.stop(true, true), "graceful-stop");
    graceful.setDaemon(true);
    graceful.start();
    graceful.join(TimeUnit.MILLISECONDS.toMillis(plan.stopMillis() * 2 / 3));
    if (graceful.isAlive()) {
      System.err.println("Spark Streaming did not stop in order in time: left as it is");
    }
  }

  /** Commits what the streams had yet to: they commit with the next batch, and there is none. */
  private void commit() throws Exception {
    try (Admin admin = Admin.create(Clients.objects(Clients.common(plan)))) {
      Settings settings = new Settings(plan);
      for (int stage = 0; stage < plan.job().stages().size(); stage++) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        Progress.here()
            .done(plan.stageInput(stage))
            .forEach((p, o) -> offsets.put(p, new OffsetAndMetadata(o)));
        admin.alterConsumerGroupOffsets(settings.group(stage), offsets).all().get();
      }
    }
  }
}
