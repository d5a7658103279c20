package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Alert;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * The operator detect: whether a device's alarm is on is keyed state. Events of a device come in
 * the order of their offsets, since one partition holds them all and one channel of the exchange
 * carries them.
 */
final class Detecting extends KeyedProcessFunction<Long, Arrival, OutRecord> {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;
  private transient Stage stage;
  private transient ValueState<Boolean> active;

  Detecting(Plan plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  @Override
  public void open(OpenContext context) {
    stage = Programs.stage(plan, index);
    active =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>("active", BasicTypeInfo.BOOLEAN_TYPE_INFO));
  }

  @Override
  public void processElement(Arrival a, Context context, Collector<OutRecord> out)
      throws Exception {
    Event e = a.event();
    if (e == null) {
      out.collect(a.settled());
      return;
    }
    Alert alert = stage.detect().apply(Boolean.TRUE.equals(active.value()), e);
    OutRecord record = null;
    if (alert != null) {
      record = stage.alert(e, alert);
      turn(alert.active());
    }
    Answering.answer(stage, e, out);
    if (record != null) {
      out.collect(record);
    }
  }

  private void turn(boolean on) throws Exception {
    if (on) {
      active.update(true);
    } else {
      active.clear(); // most devices are calm: they need no entry
    }
  }
}
