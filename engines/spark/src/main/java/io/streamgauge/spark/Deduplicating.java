package io.streamgauge.spark;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Seen;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.TTLConfig;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.ValueState;

/** A stage with dedupe: the state of a device is which sequences it has sent. */
public final class Deduplicating extends KeyedOperator {
  private static final long serialVersionUID = 1;

  private transient ValueState<byte[]> state;
  private transient Seen seen;
  private transient boolean changed;

  /** For a stage with dedupe. */
  public Deduplicating(Answering answering) {
    super(answering);
  }

  @Override
  public void init(OutputMode output, TimeMode time) {
    state = getHandle().getValueState("seen", Encoders.BINARY(), TTLConfig.NONE());
  }

  @Override
  protected void load() {
    byte[] old = state.get();
    seen = old == null ? answering().stage().dedupe().empty() : Seen.fromBytes(old);
    changed = false;
  }

  @Override
  protected boolean pass(Event e) {
    boolean first = seen.pass(e.stamp().sequence());
    changed |= first;
    return first;
  }

  @Override
  protected OutRecord result() {
    return null;
  }

  @Override
  protected void save() {
    if (changed) {
      state.update(seen.toBytes());
    }
  }
}
