package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.kafka010.OffsetRange;

/**
 * How far the application has come: what its driver knows beside the graph of streams. The
 * functions of that graph find it by {@link #here}, since a graph restored from a checkpoint comes
 * without anything of the process that wrote it. Safe for concurrent use.
 */
final class Progress {
  private static final Progress HERE = new Progress();

  /** An end that somebody waits for. */
  private record Goal(Map<TopicPartition, Long> ends, CompletableFuture<Void> reached) {}

  private final Map<TopicPartition, Long> done = new HashMap<>();
  private final List<Goal> goals = new ArrayList<>();
  private final Map<Integer, NavigableMap<Long, OffsetRange[]>> cut = new HashMap<>();
  private final TreeSet<Long> inFlight = new TreeSet<>(); // batches with records, by their time
  private long first = Long.MIN_VALUE; // time of the first batch that this process may run
  private long restart = Long.MIN_VALUE; // time of the last batch that was cut before the start
  private boolean started;
  private boolean admitting;
  private boolean broken;
  private Status status;
  private int lastStage;

  Progress() {}

  static Progress here() {
    return HERE;
  }

  /** Where batches of how many stages are said. */
  synchronized void tell(Status status, int stages) {
    this.status = status;
    lastStage = stages - 1;
  }

  /**
   * Says that the application goes on behind a checkpoint. Of batches before all that it has to run
   * Spark makes again those states that are not on disk, and nobody asks for their answers: those
   * of large messages, which are emptied when they are written, would be on the heap all at once.
   *
   * @param checkpoint time of the checkpoint; batches from then on are run
   * @param pending those that had been cut and not ended
   */
  synchronized void restored(Time checkpoint, Time... pending) {
    first = checkpoint.milliseconds();
    for (Time p : pending) {
      first = Math.min(first, p.milliseconds());
    }
  }

  /** Whether a batch has ended in a former life, and is not run again. */
  synchronized boolean ended(Time batch) {
    return batch.milliseconds() < first;
  }

  /**
   * Batches may take records from now on. Spark begins a restart by cutting the batches since its
   * checkpoint. Of a stage without state it has the offsets of the last one that ended and of those
   * behind it, and may cut anew such as have been run: with records these would stand in front of
   * those that wait with lower offsets.
   */
  synchronized void started() {
    started = true;
  }

  /**
   * Whether the batch that is cut now may take records: if the application has started and fewer
   * than {@code limit} with records are there; 0: any number.
   */
  synchronized boolean admits(int stage, int limit) {
    if (stage == 0) { // the first stage's part is cut first, and decides for the whole batch
      admitting = started && (limit == 0 || inFlight.size() < limit);
    }
    return admitting;
  }

  /**
   * Notes what a batch of a stage reads, when it is cut: batches are cut by the clock, and may wait
   * long to be run.
   */
  synchronized void cut(int stage, Time batch, OffsetRange[] ranges) {
    cut.computeIfAbsent(stage, s -> new TreeMap<>()).put(batch.milliseconds(), ranges);
    if (records(ranges) > 0) {
      inFlight.add(batch.milliseconds());
    }
    if (!started) {
      restart = Math.max(restart, batch.milliseconds());
    }
  }

  /**
   * What was noted for a batch whose turn it is; batches of a stage are run in their order. Null
   * for a batch that this process has not cut: its state was found on disk.
   */
  synchronized OffsetRange[] run(int stage, Time batch) {
    NavigableMap<Long, OffsetRange[]> upToNow =
        cut.getOrDefault(stage, new TreeMap<>()).headMap(batch.milliseconds(), true);
    OffsetRange[] ranges = upToNow.get(batch.milliseconds());
    upToNow.clear();
    return ranges;
  }

  /** No batch may be run any more. */
  synchronized void broken() {
    broken = true;
  }

  /**
   * @throws IllegalStateException if a batch has failed
   */
  synchronized void proceed() {
    if (broken) {
      throw new IllegalStateException("not run: a batch before has failed");
    }
  }

  /** The turn of a batch's stage is over. */
  synchronized void over(int stage, Time batch) {
    if (stage == lastStage) {
      inFlight.headSet(batch.milliseconds(), true).clear();
    }
  }

  /** A batch of a stage has ended now. */
  synchronized void say(Time batch, int stage, long records, Instant start) {
    status.batch(batch.milliseconds(), stage, records, start, Instant.now());
  }

  /**
   * Notes that everything before the ends of a batch's ranges is written. One that a restart has
   * cut does not say so, as it may stand in front of those that wait with lower offsets: the first
   * one behind them does.
   */
  synchronized void done(Time batch, OffsetRange[] ranges) {
    if (batch.milliseconds() <= restart) {
      return;
    }
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
    boolean all =
        g.ends().entrySet().stream()
            .allMatch(e -> done.getOrDefault(e.getKey(), 0L) >= e.getValue());
    return all && g.reached().complete(null);
  }

  /** The offsets of a topic before which everything is written. */
  synchronized Map<TopicPartition, Long> done(String topic) {
    Map<TopicPartition, Long> of = new HashMap<>(done);
    of.keySet().removeIf(p -> !p.topic().equals(topic));
    return of;
  }

  /** How many records lie in the ranges. */
  static long records(OffsetRange[] ranges) {
    long n = 0;
    for (OffsetRange r : ranges) {
      n += r.count();
    }
    return n;
  }
}
