package io.streamgauge.spark;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.record.InRecord;
import org.apache.spark.sql.Row;

/**
 * Answers records one by one. One task reads one partition of the topic, so results keep its order.
 */
public final class Stateless extends Each {
  private static final long serialVersionUID = 1;

  private final Answering answering;

  /** For a query with this gate. */
  public Stateless(Answering answering, Gate gate) {
    super(gate);
    this.answering = answering;
  }

  @Override
  protected Row apply(Row row) {
    InRecord in = Columns.in(row);
    int lane = in.partition();
    Event e = answering.arrive(in);
    if (e == null) {
      return answering.row(answering.pass(in), lane);
    }
    Verdict v = answering.stage().before(e);
    if (v == Verdict.PASS) {
      if (answering.stage().aggregation() != null) {
        return null; // it ends in a total
      }
      v = answering.stage().after(e);
    }
    return answering.answer(e, v, lane);
  }
}
