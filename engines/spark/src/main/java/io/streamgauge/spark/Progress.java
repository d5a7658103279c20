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
 * Hears of every batch of every query from Spark: reports it, and tells who waits how far a query
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
    final boolean windows;
    final int scans;
    StreamingQueryProgress last;

    Watched(int stage, boolean windows, int scans) {
      this.stage = stage;
      this.windows = windows;
      this.scans = scans;
    }
  }

  /** Somebody who wants to know when a query has come so far. */
  private record Waiting(
      String query, Predicate<StreamingQueryProgress> until, CompletableFuture<Void> done) {}

  /** Says batches there. */
  public Progress(Status status) {
    figures = new BatchFigures(status);
  }

  /**
   * Announces the query that answers a stage's events before it is started.
   *
   * @param scans how often it scans its topic: Spark counts the records of each scan
   * @param foreign its counter of foreign records
   */
  public synchronized void expect(String name, int stage, int scans, LongAccumulator foreign) {
    byName.put(name, new Watched(stage, false, scans));
    figures.count(foreign);
  }

  /** Announces the query of a stage's windows, which answers no event, before it is started. */
  synchronized void expectWindows(String name, int stage) {
    byName.put(name, new Watched(stage, true, 1));
  }

  /** Completes with the error text of the first query that dies. */
  public CompletableFuture<String> died() {
    return died;
  }

  /**
   * Completes when a query has read so far, and one batch more, which closes the windows that the
   * last records are the end of.
   */
  public CompletableFuture<Void> reached(String query, Map<TopicPartition, Long> ends) {
    return when(query, beyond(ends));
  }

  /** Completes when a batch of a query has ended that has read so far. */
  public CompletableFuture<Void> read(String query, Map<TopicPartition, Long> ends) {
    return when(query, p -> Ends.reached(positions(p), ends));
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

  /** Waits until a query has ended a batch, but no longer than that. */
  public void awaitBatch(String query, long batch, long millis) throws InterruptedException {
    if (batch < 0) {
      return;
    }
    try {
      CompletableFuture.anyOf(when(query, p -> p.batchId() >= batch), died)
          .get(millis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      System.err.println(
          "query " + query + " is stopped in the midst of batch " + batch + ": " + e);
    }
  }

  private synchronized CompletableFuture<Void> when(
      String query, Predicate<StreamingQueryProgress> until) {
    Waiting w = new Waiting(query, until, new CompletableFuture<>());
    waiting.add(w);
    if (byName.get(query).last != null) {
      tell(w, byName.get(query).last);
    }
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
    waiting.stream().filter(w -> w.query.equals(p.name())).forEach(w -> tell(w, p));
    waiting.removeIf(w -> w.done.isDone());
    if (q.windows) {
      figures.windows(p, q.stage);
    } else {
      figures.batch(p, q.stage, q.scans);
    }
  }

  @Override
  public void onQueryTerminated(QueryTerminatedEvent e) {
    if (e.exception().isDefined()) {
      died.complete(e.exception().get());
    }
  }
}
