package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Seen;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * The operator dedupe: what a device has sent is keyed state, rolled back together with the read
 * positions.
 */
final class Deduping extends KeyedProcessFunction<Long, Arrival, OutRecord> {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;
  private transient Stage stage;
  private transient ValueState<Seen> state;

  Deduping(Plan plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  @Override
  public void open(OpenContext context) {
    stage = Programs.stage(plan, index);
    state = getRuntimeContext().getState(new ValueStateDescriptor<>("seen", Types.SEEN));
  }

  @Override
  public void processElement(Arrival a, Context context, Collector<OutRecord> out)
      throws Exception {
    if (a.event() == null) {
      out.collect(a.settled());
      return;
    }
    Seen seen = state.value();
    if (seen == null) {
      seen = stage.dedupe().empty();
    }
    if (!seen.pass(a.event().stamp().sequence())) {
      return;
    }
    state.update(seen);
    Answering.answer(stage, a.event(), out);
  }
}
