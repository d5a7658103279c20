package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Figures;
import io.streamgauge.joblib.contract.Status;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * How far one stage has come: its batches under way, the offsets that acknowledged ones have
 * reached, and the gate that no further batch passes at a drain or a stop. Safe for concurrent use.
 */
final class Progress {
  private final int stage;
  private final int partitions;
  private final TreeMap<Long, Batch> running = new TreeMap<>(); // by transaction id
  private final Map<Integer, Long> reached =
      new HashMap<>(); // by partition: the offset after the last acknowledged batch
  private final CompletableFuture<Void> first = new CompletableFuture<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private final CompletableFuture<Void> idle = new CompletableFuture<>();
  private Map<Integer, Long> limits; // by partition: where a drain ends; null before
  private boolean halted;
  private long begun;
  private long acknowledged;
  private long incomplete; // the last batch of which a partition has no metadata; 0: none
  private Status status;

  Progress(int stage, int partitions) {
    this.stage = stage;
    this.partitions = partitions;
  }

  private static final class Batch {
    final Instant start = Instant.now();
    final Map<Integer, Long> next = new HashMap<>();
    long records;
  }

  int stage() {
    return stage;
  }

  synchronized void report(Status status) {
    this.status = status;
  }

  /** Whether a batch may begin. */
  synchronized boolean begin(long txid) {
    if (halted || drained.isDone()) {
      return false;
    }
    begun = Math.max(begun, txid);
    return true;
  }

  /**
   * A partition's part of a batch has been emitted.
   *
   * @param next the offset after it
   */
  synchronized void emitted(long txid, int partition, long records, long next) {
    Batch b = running.computeIfAbsent(txid, t -> new Batch());
    if (b.next.put(partition, next) != null) {
      Figures.add("replayed_parts", 1, "partitions of batches");
      return; // its records have been counted
    }
    b.records += records;
  }

  /** A partition has no metadata for a batch that came again. */
  synchronized void incomplete(long txid) {
    incomplete = Math.max(incomplete, txid);
  }

  /** Whether each partition has metadata for a batch, so that older ones are needed no more. */
  synchronized boolean complete(long txid) {
    return txid > incomplete;
  }

  /** A batch is acknowledged: its results are written, its state is kept. */
  synchronized void acknowledged(long txid) {
    Batch b = running.get(txid);
    running.headMap(txid, true).clear();
    acknowledged = Math.max(acknowledged, txid);
    if (b != null) {
      b.next.forEach((p, next) -> reached.merge(p, next, Math::max));
      if (status != null && b.records > 0) {
        status.batch(txid, stage, b.records, b.start, Instant.now());
      }
    }
    if (reached.size() == partitions) {
      first.complete(null);
    }
    settle();
  }

  private void settle() {
    if (limits != null
        && limits.entrySet().stream()
            .allMatch(l -> reached.getOrDefault(l.getKey(), -1L) >= l.getValue())) {
      drained.complete(null);
    }
    if (halted && acknowledged >= begun) {
      idle.complete(null);
    }
  }

  /** Completes when a batch of each partition has gone all the way. */
  CompletableFuture<Void> first() {
    return first;
  }

  /**
   * Lets no record from these offsets on into a batch. Completes when all before them are
   * acknowledged.
   */
  synchronized CompletableFuture<Void> drain(Map<Integer, Long> limits) {
    this.limits = Map.copyOf(limits);
    settle();
    return drained;
  }

  /** The first offset of a partition that must not be emitted. */
  synchronized long limit(int partition) {
    return limits == null ? Long.MAX_VALUE : limits.getOrDefault(partition, Long.MAX_VALUE);
  }

  /** Lets no further batch begin. Completes when those under way are acknowledged. */
  synchronized CompletableFuture<Void> halt() {
    halted = true;
    settle();
    return idle;
  }
}
