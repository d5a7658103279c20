package io.streamgauge.sparkrealtime;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.operator.Window;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Output;
import io.streamgauge.spark.Answering;
import io.streamgauge.spark.Columns;
import io.streamgauge.spark.Each;
import io.streamgauge.spark.Gate;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * What a record brings to its device: its answer, which is known before any window is, and, if it
 * is an event with the metric, a window's sum of one. Both go the same way, so that a device's
 * answers keep their order and windows follow what they are made of.
 */
final class Contributing extends Each {
  static final int TIME = 1;
  static final int SUM = 2;
  static final int ANSWER = 3;

  private static final long serialVersionUID = 1;

  private static final StructType SCHEMA =
      new StructType()
          .add("owner", DataTypes.LongType)
          .add("time", DataTypes.LongType) // of an event that moves the watermark
          .add("sum", DataTypes.BinaryType)
          .add("answer", Columns.sink().schema());

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
    InRecord in = Columns.in(row);
    Event e = answering.arrive(in);
    if (e == null) {
      return passing(in);
    }
    Verdict v = answering.stage().before(e);
    if (v != Verdict.PASS) {
      Row refused = answering.answer(e, v, in.partition());
      return refused == null ? null : RowFactory.create(e.owner(), null, null, refused);
    }
    Window w = answering.stage().window();
    byte[] sum = w.has(e) ? w.of(e).toBytes() : null; // before operators behind change the event
    Row answer = answering.answer(e, answering.stage().after(e), in.partition());
    return RowFactory.create(e.owner(), e.time, sum, answer);
  }

  private Row passing(InRecord in) {
    OutRecord result = answering.pass(in);
    if (result == null) {
      return null;
    }
    Output o = Output.parse(in.sgo());
    long owner = (long) o.stream() << 32 | o.device();
    return RowFactory.create(owner, null, null, answering.row(result, in.partition()));
  }
}
