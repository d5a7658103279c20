package io.streamgauge.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.window;

import io.streamgauge.joblib.operator.Window;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Spark's own windows over the contributions of events. Its watermark is the highest event time of
 * the batches before, less the delay: with the job's lateness as the delay a window is final, by
 * Spark's rule end ≤ watermark, exactly when SEMANTICS.md says so.
 */
final class Windows {
  private final Answering answering;
  private final Window window;
  private final int partitions;
  private final long shift;

  /**
   * Windows of a stage.
   *
   * @param earliest the lowest event time that can come, ms since the Unix epoch
   */
  Windows(Answering answering, int partitions, long earliest) {
    this.answering = answering;
    this.window = answering.stage().window();
    this.partitions = partitions;
    // Spark's watermark begins at 1970 and takes everything before for late. Moved by whole steps,
    // windows stay what they are.
    shift =
        earliest < 0
            ? Math.multiplyExact(-Math.floorDiv(earliest, window.step()), window.step())
            : 0;
  }

  /**
   * The results of windows, as rows for the sink.
   *
   * @param gate of the query: a batch that Spark runs for windows alone has no tasks that read
   */
  Dataset<Row> of(Dataset<Row> contributions, Gate gate) {
    // Events without the metric must not be filtered away before: the optimizer would move the
    // filter below the watermark, which they are to advance.
    return Sums.of(
            contributions
                .withColumn("time", expr("timestamp_millis(millis + " + shift + ")"))
                .withWatermark("time", window.lateness() + " milliseconds")
                .groupBy(
                    window(
                        col("time"),
                        window.size() + " milliseconds",
                        window.step() + " milliseconds"),
                    col("owner"),
                    col("key")))
        .filter(col("count").gt(0))
        .withColumn("start", expr("unix_millis(window.start) - " + shift))
        .drop("window")
        .repartition(partitions, col("owner"))
        .withColumn("lane", expr("pmod(hash(owner), " + partitions + ")"))
        .mapPartitions(new Ascending(answering, gate), Columns.sink());
  }

  /**
   * Of a device, the windows that close in one batch come from different partitions of the
   * aggregation. Of a batch that is not to begin any more none is given.
   */
  private static final class Ascending implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1;

    private static final Comparator<Row> ORDER =
        Comparator.<Row>comparingLong(r -> r.getLong(0)).thenComparingLong(r -> r.getLong(8));

    private final Answering answering;
    private final Gate gate;

    Ascending(Answering answering, Gate gate) {
      this.answering = answering;
      this.gate = gate;
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) throws InterruptedException {
      gate.enter();
      List<Row> closed = new ArrayList<>();
      rows.forEachRemaining(closed::add);
      closed.sort(ORDER);
      return closed.stream().map(this::result).filter(Objects::nonNull).iterator();
    }

    private Row result(Row r) {
      return answering.row(
          answering.stage().window(r.getLong(8), Sums.read(r)), answering.shuffled(r.getInt(9)));
    }
  }
}
