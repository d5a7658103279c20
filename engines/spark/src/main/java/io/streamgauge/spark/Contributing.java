package io.streamgauge.spark;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Verdict;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * What an event brings to the windows it belongs to, or to its device's total; one without the
 * metric brings its event time alone.
 */
final class Contributing extends Each {
  private static final long serialVersionUID = 1;

  private static final StructType SCHEMA =
      new StructType()
          .add("millis", DataTypes.LongType)
          .add("owner", DataTypes.LongType)
          .add("key", DataTypes.BinaryType)
          .add("metric", DataTypes.LongType)
          .add("term", DataTypes.LongType)
          .add("intended", DataTypes.LongType);

  private final Answering answering;

  Contributing(Answering answering, Gate gate) {
    super(gate);
    this.answering = answering;
  }

  static Encoder<Row> schema() {
    return Encoders.row(SCHEMA);
  }

  @Override
  protected Row apply(Row row) {
    Event e = answering.arrive(Columns.in(row));
    if (e == null || answering.stage().before(e) != Verdict.PASS) {
      return null; // what becomes of it, its answer says
    }
    Long metric = metric(answering.stage(), e);
    return metric == null
        ? RowFactory.create(e.time, e.owner(), e.key, null, null, null)
        : RowFactory.create(
            e.time, e.owner(), e.key, metric, e.stamp().term(), e.stamp().intended());
  }

  private static Long metric(Stage stage, Event e) {
    if (stage.aggregation() != null) {
      return stage.aggregation().metric(e);
    }
    return stage.window().has(e) ? stage.window().metric(e) : null;
  }
}
