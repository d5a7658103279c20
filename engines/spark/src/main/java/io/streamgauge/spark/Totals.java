package io.streamgauge.spark;

import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.spark_partition_id;

import io.streamgauge.joblib.operator.Total;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The operator aggregate as a Spark user writes it: a GROUP BY without a window in update mode,
 * which gives, for each batch, one row of each group with events in it. A task sums up its own
 * events before the shuffle, so that a batch sends a row for each device, however many events it
 * has of it.
 */
final class Totals {
  private final Answering answering;

  /** For a stage with aggregate. */
  Totals(Answering answering) {
    this.answering = answering;
  }

  /** The updates, as rows for the sink. */
  Dataset<Row> of(Dataset<Row> contributions) {
    return Sums.of(contributions.groupBy("owner", "key"), max("millis"))
        .withColumn("lane", spark_partition_id())
        .map(new Update(answering), Columns.sink());
  }

  private static final class Update implements MapFunction<Row, Row> {
    private static final long serialVersionUID = 1;

    private final Answering answering;

    Update(Answering answering) {
      this.answering = answering;
    }

    @Override
    public Row call(Row r) {
      Total t = new Total();
      t.sum = Sums.read(r);
      t.time = r.getLong(8);
      return answering.row(answering.stage().update(t), answering.shuffled(r.getInt(9)));
    }
  }
}
