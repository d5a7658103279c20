package io.streamgauge.spark;

import io.streamgauge.joblib.operator.Alert;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.TTLConfig;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.ValueState;

/** A stage with detect: the state of a device is whether its alarm is on. */
public final class Detecting extends KeyedOperator {
  private static final long serialVersionUID = 1;

  private transient ValueState<Boolean> state;
  private transient boolean before;
  private transient boolean active;
  private transient OutRecord alert;

  /** For a stage with detect. */
  public Detecting(Answering answering) {
    super(answering);
  }

  @Override
  public void init(OutputMode output, TimeMode time) {
    state = getHandle().getValueState("active", Encoders.BOOLEAN(), TTLConfig.NONE());
  }

  @Override
  protected void load() {
    Boolean old = state.get();
    before = old != null && old;
    active = before;
  }

  @Override
  protected boolean pass(Event e) {
    Alert a = answering().stage().detect().apply(active, e);
    active = a == null ? active : a.active();
    alert = a == null ? null : answering().stage().alert(e, a);
    return true;
  }

  @Override
  protected OutRecord result() {
    return alert;
  }

  @Override
  protected void save() {
    if (active != before) {
      state.update(active);
    }
  }
}
