package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** The operator aggregate: a device's total is keyed state, and each event is told of at once. */
final class Aggregating extends KeyedProcessFunction<Long, Arrival, OutRecord> {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;
  private transient Stage stage;
  private transient ValueState<Total> totals;

  private Aggregating(Plan plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  /** The updates of a stage, keyed by owner. */
  static DataStream<OutRecord> over(DataStream<Arrival> arrivals, Plan plan, Stage stage) {
    return Pipelines.byOwner(arrivals)
        .process(new Aggregating(plan, stage.index()), Types.OUT_RECORD)
        .name("aggregate")
        .uid(stage.name() + ".aggregate");
  }

  @Override
  public void open(OpenContext context) {
    stage = Programs.stage(plan, index);
    totals = getRuntimeContext().getState(new ValueStateDescriptor<>("total", Types.TOTAL));
  }

  @Override
  public void processElement(Arrival a, Context context, Collector<OutRecord> out)
      throws Exception {
    Event e = a.event();
    if (e == null) {
      out.collect(a.settled());
      return;
    }
    Total total = totals.value();
    if (total == null) {
      total = new Total();
    }
    stage.aggregation().add(total, e);
    totals.update(total);
    out.collect(stage.update(total));
  }
}
