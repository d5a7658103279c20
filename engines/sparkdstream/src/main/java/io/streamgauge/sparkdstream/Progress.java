package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.SparkContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.kafka010.OffsetRange;
import org.apache.spark.util.LongAccumulator;

/**
 * How far the application has come: what its driver knows beside the graph of streams. The functions of that graph find it
 * by {@link #here}, since a graph restored from a checkpoint comes without anything of the process that wrote it. Safe for
 * concurrent use.
 */
final class Progress {
  private static final Progress HERE = new Progress();

  /** An end that somebody waits for. */
  private record Goal(Map<TopicPartition, Long> ends, CompletableFuture<Void> reached) {}

  private final Map<TopicPartition, Long> done = new HashMap<>();
  private final List<Goal> goals = new ArrayList<>();
  private final Map<Integer, NavigableMap<Long, OffsetRange[]>> cut = new HashMap<>();
  private final NavigableSet<Long> inFlight = new TreeSet<>();
  private LongAccumulator foreign;
  private Status status;

  private Progress() {}

  static Progress here() {
    return HERE;
  }

  /** Where batches are said. */
  synchronized void tell(Status status) {
    this.status = status;
  }

  /** A batch of a stage has ended now. */
  synchronized void batch(Time batch, int stage, long records, Instant start) {
    status.batch(batch.milliseconds(), stage, records, start, Instant.now());
  }

  /** Notes what a batch of a stage reads, when it is cut: batches are cut by the clock, and may wait long to be run. */
  synchronized void cut(int stage, Time batch, OffsetRange[] ranges) {
    cut.computeIfAbsent(stage, s -> new TreeMap<>()).put(batch.milliseconds(), ranges);
  }

  /** What was noted for a batch that is run now; batches of a stage are run in their order. */
  synchronized OffsetRange[] run(int stage, Time batch) {
    NavigableMap<Long, OffsetRange[]> upToNow = cut.get(stage).headMap(batch.milliseconds(), true);
    OffsetRange[] ranges = upToNow.lastEntry().getValue();
    upToNow.clear();
    return ranges;
  }

  /** A batch with records waits to be run. */
  synchronized void submitted(Time batch) {
    inFlight.add(batch.milliseconds());
  }

  /** A batch has ended, and so have those before it: what tells us may skip one. */
  synchronized void completed(Time batch) {
    inFlight.headSet(batch.milliseconds(), true).clear();
  }

  /** How many batches with records have not ended. */
  synchronized int inFlight() {
    return inFlight.size();
  }

  /** Notes that everything these ranges give is written. */
  synchronized void done(OffsetRange[] ranges) {
    for (OffsetRange r : ranges) {
      done.merge(r.topicPartition(), r.untilOffset(), Math::max);
    }
    goals.removeIf(this::reached);
  }

  /** Completes once everything before these offsets is written. */
  synchronized CompletableFuture<Void> until(Map<TopicPartition, Long> ends) {
    Goal goal = new Goal(ends, new CompletableFuture<>());
    if (!reached(goal)) {
      goals.add(goal);
    }
    return goal.reached();
  }

  private boolean reached(Goal g) {
    boolean all = g.ends().entrySet().stream().allMatch(e -> done.getOrDefault(e.getKey(), 0L) >= e.getValue());
    return all && g.reached().complete(null);
  }

  /** The offsets of a topic before which everything is written. */
  synchronized Map<TopicPartition, Long> done(String topic) {
    Map<TopicPartition, Long> of = new HashMap<>(done);
    of.keySet().removeIf(p -> !p.topic().equals(topic));
    return of;
  }

  /** Counts the records that are none of ours, over all stages. An accumulator is not part of checkpoints. */
  synchronized LongAccumulator foreign(SparkContext spark) {
    if (foreign == null) {
      foreign = spark.longAccumulator("foreign_records");
    }
    return foreign;
  }

  /** How many were counted. */
  synchronized long foreign() {
    return foreign == null ? 0 : foreign.value();
  }
}
