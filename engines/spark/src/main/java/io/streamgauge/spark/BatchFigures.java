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
  private final Map<Integer, long[]> state = new HashMap<>(); // by stage: rows, bytes

  BatchFigures(Status status) {
    this.status = status;
  }

  /** Adds a counter of foreign records. */
  synchronized void count(LongAccumulator a) {
    foreign.add(a);
  }

  /**
   * A batch has ended.
   *
   * @param scans how often the query scans its topic: Spark counts the records of each scan
   */
  synchronized void batch(StreamingQueryProgress p, int stage, int scans) {
    Instant start = Instant.parse(p.timestamp());
    Instant end = start.plusMillis(p.batchDuration());
    status.batch(p.batchId(), stage, p.numInputRows() / scans, start, end);
    long[] sums = new long[2];
    for (StateOperatorProgress s : p.stateOperators()) {
      sums[0] += s.numRowsTotal();
      sums[1] += s.memoryUsedBytes();
      Figures.add("late_dropped", s.numRowsDroppedByWatermark(), "rows");
    }
    state.put(stage, sums);
    Figures.set(
        "foreign_records", foreign.stream().mapToLong(LongAccumulator::sum).sum(), "records");
    Figures.set("state_rows", state.values().stream().mapToLong(s -> s[0]).sum(), "rows");
    Figures.set("state_memory", state.values().stream().mapToLong(s -> s[1]).sum(), "bytes");
  }
}
