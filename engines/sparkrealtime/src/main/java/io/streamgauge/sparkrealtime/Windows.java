package io.streamgauge.sparkrealtime;

import static org.apache.spark.sql.functions.expr;

import io.streamgauge.joblib.operator.Window;
import io.streamgauge.spark.Answering;
import io.streamgauge.spark.Columns;
import io.streamgauge.spark.Gate;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.TimeMode;

/**
 * The windows of a stage. Spark's own aggregation gives in update mode, the only one of Real-time
 * Mode, a row for each event and never a final one. So a device's open windows are its state, and
 * an event-time timer closes each. Spark's watermark is the highest event time of the batches
 * before, less the delay: with the job's lateness as the delay a timer at a window's end goes off
 * exactly when SEMANTICS.md calls the window final.
 */
final class Windows {
  private final Answering answering;
  private final long shift;

  /**
   * Windows of a stage.
   *
   * @param earliest the lowest event time that can come, ms since the Unix epoch
   */
  Windows(Answering answering, long earliest) {
    this.answering = answering;
    shift = Math.max(0, -earliest); // Spark's watermark begins at 1970
  }

  /** Answers and the results of windows, as rows for the sink. */
  Dataset<Row> of(Dataset<Row> source, Gate gate) {
    Window window = answering.stage().window();
    return source
        .mapPartitions(new Contributing(answering, gate), Contributing.schema())
        .withColumn("event_time", expr("timestamp_millis(time + " + shift + ")"))
        .withWatermark("event_time", window.lateness() + " milliseconds")
        // With the column, Spark would drop late events. They are answered like all others.
        .drop("event_time")
        .groupBy("owner")
        .as(Encoders.LONG(), Contributing.schema())
        .transformWithState(
            new Closing(answering, shift),
            TimeMode.EventTime(),
            OutputMode.Update(),
            Columns.sink());
  }
}
