package io.streamgauge.sparkrealtime;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Ends;
import io.streamgauge.spark.Gate;
import io.streamgauge.spark.Progress;
import io.streamgauge.spark.StageQuery;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.streaming.StreamingQuery;

/**
 * The running query of a stage, and how it comes to an end. What it has done is known, and written
 * down, at the end of a batch only.
 */
final class StageRun {
  private final int stage;
  private final boolean windows;
  private final StreamingQuery query;
  private final Gate gate;
  private final Progress progress;

  StageRun(int stage, boolean windows, StreamingQuery query, Gate gate, Progress progress) {
    this.stage = stage;
    this.windows = windows;
    this.query = query;
    this.gate = gate;
    this.progress = progress;
  }

  /**
   * Reads the topic to its end as of now, with all that follows, and stops. The batch that has
   * begun by then is abandoned: all it can have read lies behind the end.
   */
  void drain(Plan plan) throws Exception {
    Map<TopicPartition, Long> ends;
    try (Ends kafka = new Ends(plan)) {
      ends = kafka.of(plan.stageInput(stage));
    }
    // The watermark moves at the end of a batch, and the next one closes windows.
    (windows ? progress.reached(query.name(), ends) : progress.read(query.name(), ends)).join();
    query.stop();
  }

  /** Stops after the batch at hand, or in the midst of it if it takes longer than this. */
  void stop(long millis) throws TimeoutException, InterruptedException {
    if (query.isActive()) { // one that has been drained ends no batch any more
      progress.awaitBatch(query.name(), gate.close(), millis);
    }
    query.stop();
  }

  /** Lets no more batch begin. */
  void close() {
    gate.close();
  }

  /** Throws what it died of, if it did. */
  void rethrow() throws ExecutionException {
    if (query.exception().isDefined()) {
      throw StageQuery.failure(stage, query.exception().get());
    }
  }
}
