package io.streamgauge.flinkminibatch;

import io.streamgauge.flink.Programs;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.types.Row;

/** Makes an update of a row that the query has changed. */
final class Telling extends RichMapFunction<Row, OutRecord> {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;
  private transient Stage stage;

  Telling(Plan plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  @Override
  public void open(OpenContext context) {
    stage = Programs.stage(plan, index);
  }

  @Override
  public OutRecord map(Row r) {
    Total t = new Total();
    t.sum.owner = number(r, 0);
    t.sum.key = (byte[]) r.getField(1);
    t.sum.count = number(r, 2);
    t.sum.sum = number(r, 3);
    t.sum.min = number(r, 4);
    t.sum.max = number(r, 5);
    t.sum.ids = number(r, 6);
    t.sum.intended = number(r, 7);
    t.time = number(r, 8);
    return stage.update(t);
  }

  private static long number(Row r, int field) {
    return (Long) r.getField(field);
  }
}
