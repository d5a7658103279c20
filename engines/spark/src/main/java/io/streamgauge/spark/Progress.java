package io.streamgauge.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamgauge.joblib.contract.Status;
import io.streamgauge.joblib.kafka.Ends;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.streaming.SourceProgress;
import org.apache.spark.sql.streaming.StreamingQueryListener;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.util.LongAccumulator;

/**
 * Hears of every batch of every query from Spark: reports it, and tells who waits how far a stage
 * has come.
 */
public final class Progress extends StreamingQueryListener {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final BatchFigures figures;
  private final CompletableFuture<String> died = new CompletableFuture<>();
  private final Map<String, Watched> byName = new HashMap<>();
  private final List<Waiting> waiting = new ArrayList<>();

  /** A query: its stage, how often it scans its topic, its last batch. */
  private static final class Watched {
    final int stage;
    final int scans;
    StreamingQueryProgress last;

    Watched(int stage, int scans) {
      this.stage = stage;
      this.scans = scans;
    }
  }

  /** Somebody who wants to know when a stage has come so far. */
  private record Waiting(
      int stage, Predicate<StreamingQueryProgress> until, CompletableFuture<Void> done) {}

  /** Says batches there. */
  public Progress(Status status) {
    figures = new BatchFigures(status);
  }

  /** Announces a query before it is started, with its counter of foreign records. */
  public synchronized void expect(String name, int stage, int scans, LongAccumulator foreign) {
    byName.put(name, new Watched(stage, scans));
    figures.count(foreign);
  }

  /** Completes with the error text of the first query that dies. */
  public CompletableFuture<String> died() {
    return died;
  }

  /**
   * Completes when a stage has read so far, and one batch more, which closes the windows that the
   * last records are the end of.
   */
  public CompletableFuture<Void> reached(int stage, Map<TopicPartition, Long> ends) {
    return when(stage, beyond(ends));
  }

  /** Completes when a batch of a stage has ended that has read so far. */
  public CompletableFuture<Void> read(int stage, Map<TopicPartition, Long> ends) {
    return when(stage, p -> Ends.reached(positions(p), ends));
  }

  /** Whether a batch comes after the one that reached these offsets. */
  static Predicate<StreamingQueryProgress> beyond(Map<TopicPartition, Long> ends) {
    long[] at = {Long.MAX_VALUE};
    return p -> {
      if (p.batchId() < at[0] && Ends.reached(positions(p), ends)) {
        at[0] = p.batchId();
      }
      return p.batchId() > at[0];
    };
  }

  /** Waits until a stage has ended a batch, but no longer than that. */
  public void awaitBatch(int stage, long batch, long millis) throws InterruptedException {
    if (batch < 0) {
      return;
    }
    try {
      CompletableFuture.anyOf(when(stage, p -> p.batchId() >= batch), died)
          .get(millis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      System.err.println(
          "stage " + stage + " is stopped in the midst of batch " + batch + ": " + e);
    }
  }

  private synchronized CompletableFuture<Void> when(
      int stage, Predicate<StreamingQueryProgress> until) {
    Waiting w = new Waiting(stage, until, new CompletableFuture<>());
    waiting.add(w);
    byName.values().stream()
        .filter(q -> q.stage == stage && q.last != null)
        .forEach(q -> tell(w, q.last));
    return w.done;
  }

  private static void tell(Waiting w, StreamingQueryProgress p) {
    if (w.until.test(p)) {
      w.done.complete(null);
    }
  }

  /** The end offsets of a batch. */
  private static Map<TopicPartition, Long> positions(StreamingQueryProgress p) {
    Map<TopicPartition, Long> ends = new HashMap<>();
    for (SourceProgress s : p.sources()) {
      tree(s.endOffset())
          .properties()
          .forEach(
              topic ->
                  topic
                      .getValue()
                      .properties()
                      .forEach(
                          o ->
                              ends.put(
                                  new TopicPartition(topic.getKey(), Integer.parseInt(o.getKey())),
                                  o.getValue().asLong())));
    }
    return ends;
  }

  private static JsonNode tree(String json) {
    try {
      return JSON.readTree(json == null ? "{}" : json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Spark's progress is no JSON: " + json, e);
    }
  }

  @Override
  public void onQueryStarted(QueryStartedEvent e) {}

  @Override
  public synchronized void onQueryProgress(QueryProgressEvent e) {
    StreamingQueryProgress p = e.progress();
    Watched q = byName.get(p.name());
    q.last = p;
    waiting.stream().filter(w -> w.stage == q.stage).forEach(w -> tell(w, p));
    waiting.removeIf(w -> w.done.isDone());
    figures.batch(p, q.stage, q.scans);
  }

  @Override
  public void onQueryTerminated(QueryTerminatedEvent e) {
    if (e.exception().isDefined()) {
      died.complete(e.exception().get());
    }
  }
}
