package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Ends;
import io.streamgauge.joblib.operator.CorruptRecordException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.streaming.StreamingQuery;

/** A running query of a stage, and how it comes to an end. */
public final class StageQuery {
  private static final long LOOK_MILLIS = 20;

  private final int stage;
  private final StreamingQuery query;
  private final Gate gate;
  private final Progress progress;

  StageQuery(int stage, StreamingQuery query, Gate gate, Progress progress) {
    this.stage = stage;
    this.query = query;
    this.gate = gate;
    this.progress = progress;
  }

  /** Reads the topic to these ends, with all that follows, and stops. */
  void drain(Plan plan, Map<TopicPartition, Long> ends) throws Exception {
    // Spark ends by itself where no more comes; where more does, once it has come so far.
    CompletableFuture<Void> all =
        Background.run("drain stage " + stage, query::processAllAvailable);
    CompletableFuture.anyOf(all, progress.reached(query.name(), ends)).join();
    stop(plan.drainMillis());
  }

  /**
   * The end of a stage's topic as of now. What lies before it can be read then: the last
   * transactions are at an end.
   */
  static Map<TopicPartition, Long> ends(Plan plan, int stage) throws Exception {
    try (Ends kafka = new Ends(plan)) {
      Map<TopicPartition, Long> ends = kafka.of(plan.stageInput(stage));
      while (!Ends.reached(kafka.readable(plan.stageInput(stage)), ends)) {
        Thread.sleep(LOOK_MILLIS);
      }
      return ends;
    }
  }

  /** Stops after the batch at hand, or in the midst of it if it takes longer than this. */
  void stop(long millis) throws TimeoutException, InterruptedException {
    progress.awaitBatch(query.name(), gate.close(), millis);
    query.stop();
  }

  /** Lets no more batch begin. */
  void close() {
    gate.close();
  }

  /** Throws what it died of, if it did. */
  void rethrow() throws ExecutionException {
    if (query.exception().isDefined()) {
      throw failure(stage, query.exception().get());
    }
  }

  /** What happened in a task, which Spark wraps in texts and stack traces. */
  public static ExecutionException failure(int stage, Throwable t) {
    Throwable root = t;
    while (root.getCause() != null && !(root instanceof CorruptRecordException)) {
      root = root.getCause();
    }
    return new ExecutionException("the query of stage " + stage + " failed", root);
  }
}
