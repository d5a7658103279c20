package io.streamgauge.spark;

import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.sum;

import io.streamgauge.joblib.operator.Aggregate;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.RelationalGroupedDataset;
import org.apache.spark.sql.Row;

/** What contributions come to in Spark's own aggregation. */
final class Sums {
  private Sums() {}

  /**
   * The sums of groups whose last columns are owner and key; behind these come count, sum, min,
   * max, ids and intended, then more. All pass over nulls, hence over events without the metric.
   */
  static Dataset<Row> of(RelationalGroupedDataset groups, Column... more) {
    List<Column> columns =
        new ArrayList<>(
            List.of(sum("metric"), min("metric"), max("metric"), sum("term"), max("intended")));
    columns.addAll(List.of(more));
    return groups.agg(count("metric").as("count"), columns.toArray(Column[]::new));
  }

  /** The sum in a row of {@link #of} whose first column is owner. */
  static Aggregate read(Row r) {
    Aggregate a = new Aggregate();
    a.owner = r.getLong(0);
    a.key = Columns.bytes(r, 1);
    a.count = r.getLong(2);
    a.sum = r.getLong(3);
    a.min = r.getLong(4);
    a.max = r.getLong(5);
    a.ids = r.getLong(6);
    a.intended = r.getLong(7);
    return a;
  }
}
