package io.streamgauge.spark;

import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Output;
import io.streamgauge.joblib.record.Stamp;
import org.apache.spark.sql.Row;

/**
 * Names the owner of each record, by which the shuffle brings it to its state. Results of earlier
 * stages go the same way, although they touch no state: so all that belongs to a device stays in
 * the order of its offsets.
 */
public final class Keying extends Each {
  private static final long serialVersionUID = 1;

  private final Answering answering;

  /** For a query with this gate. */
  public Keying(Answering answering, Gate gate) {
    super(gate);
    this.answering = answering;
  }

  @Override
  protected Row apply(Row row) {
    InRecord in = Columns.in(row);
    Stamp stamp = Stamp.parse(in.sg());
    if (stamp != null && Headers.isTime(in.sgt())) {
      return Columns.keyed(stamp.owner(), in);
    }
    OutRecord passing = answering.pass(in);
    if (passing == null) {
      return null;
    }
    Output o = Output.parse(in.sgo());
    return Columns.keyed((long) o.stream() << 32 | o.device(), in);
  }
}
