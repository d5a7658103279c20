package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.util.LongAccumulator;

/**
 * Says what Spark reports about itself: each batch, and sums over the stages at most once a second.
 */
final class Figures {
  private static final long EVERY_MILLIS = 1000;

  private final Status status;
  private final List<LongAccumulator> foreign = new ArrayList<>();
  private final Map<Integer, long[]> state = new HashMap<>(); // by stage: rows, bytes
  private long late;
  private long saidForeign;
  private long saidMillis;

  Figures(Status status) {
    this.status = status;
  }

  /** Adds a counter of foreign records. */
  synchronized void count(LongAccumulator a) {
    foreign.add(a);
  }

  /**
   * A batch has ended. A query with two branches scans its topic twice, and Spark counts the
   * records of both.
   */
  synchronized void batch(StreamingQueryProgress p, int stage, int scans) {
    Instant start = Instant.parse(p.timestamp());
    status.batch(
        p.batchId(), stage, p.numInputRows() / scans, start, start.plusMillis(p.batchDuration()));
    long[] sums = new long[2];
    for (StateOperatorProgress s : p.stateOperators()) {
      sums[0] += s.numRowsTotal();
      sums[1] += s.memoryUsedBytes();
      late += s.numRowsDroppedByWatermark();
    }
    state.put(stage, sums);
    long now = System.currentTimeMillis();
    if (now - saidMillis >= EVERY_MILLIS) {
      saidMillis = now;
      say();
    }
  }

  /** Says the sums as they are now. */
  synchronized void say() {
    long records = foreign.stream().mapToLong(LongAccumulator::sum).sum();
    if (records > saidForeign) {
      saidForeign = records;
      status.metric("foreign_records", records, "records");
    }
    if (state.values().stream().anyMatch(s -> s[0] > 0)) {
      status.metric("state_rows", state.values().stream().mapToLong(s -> s[0]).sum(), "rows");
      status.metric("state_size", state.values().stream().mapToLong(s -> s[1]).sum(), "bytes");
      status.metric("late_dropped", late, "rows");
    }
  }
}
