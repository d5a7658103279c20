package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Figures;
import io.streamgauge.joblib.contract.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.util.LongAccumulator;

/** Says what Spark reports about itself at the end of each batch. */
final class BatchFigures {
  private final Status status;
  private final List<LongAccumulator> foreign = new ArrayList<>();
  private final Map<String, long[]> state = new HashMap<>(); // by query: rows, bytes

  BatchFigures(Status status) {
    this.status = status;
  }

  /** Adds a counter of foreign records. */
  synchronized void count(LongAccumulator a) {
    foreign.add(a);
  }

  /**
   * A batch has ended in which a stage has answered events.
   *
   * @param scans how often the query scans its topic: Spark counts the records of each scan
   */
  synchronized void batch(StreamingQueryProgress p, int stage, int scans) {
    Instant start = Instant.parse(p.timestamp());
    Instant end = start.plusMillis(p.batchDuration());
    status.batch(p.batchId(), stage, p.numInputRows() / scans, start, end);
    state(p);
  }

  /**
   * A batch of a stage's windows has ended. It has read what the stage has answered, or will, so it
   * is no batch of the stage's own; the records of those add up to the topic's.
   */
  synchronized void windows(StreamingQueryProgress p, int stage) {
    Figures.set("windows_time_" + stage, p.batchDuration(), "ms");
    Figures.set("windows_records_" + stage, p.numInputRows(), "records");
    state(p);
  }

  private void state(StreamingQueryProgress p) {
    long[] sums = new long[2];
    for (StateOperatorProgress s : p.stateOperators()) {
      sums[0] += s.numRowsTotal();
      sums[1] += s.memoryUsedBytes();
      Figures.add("late_dropped", s.numRowsDroppedByWatermark(), "rows");
    }
    state.put(p.name(), sums);
    Figures.set(
        "foreign_records", foreign.stream().mapToLong(LongAccumulator::sum).sum(), "records");
    Figures.set("state_rows", state.values().stream().mapToLong(s -> s[0]).sum(), "rows");
    Figures.set("state_memory", state.values().stream().mapToLong(s -> s[1]).sum(), "bytes");
  }
}
