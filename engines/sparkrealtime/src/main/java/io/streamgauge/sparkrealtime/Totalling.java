package io.streamgauge.sparkrealtime;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.spark.Answering;
import io.streamgauge.spark.KeyedOperator;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.TTLConfig;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.ValueState;

/**
 * A stage with aggregate: the state of a device is its total, told of after each event, which is as
 * it comes out of the shuffle. A GROUP BY would tell of it as often, but dead letters would need a
 * second branch that reads the topic again, and for each partition one more task slot.
 */
final class Totalling extends KeyedOperator {
  private static final long serialVersionUID = 1;

  private transient ValueState<byte[]> state;
  private transient Total total;
  private transient boolean changed;

  /** For a stage with aggregate. */
  Totalling(Answering answering) {
    super(answering);
  }

  @Override
  public void init(OutputMode output, TimeMode time) {
    state = getHandle().getValueState("total", Encoders.BINARY(), TTLConfig.NONE());
  }

  @Override
  protected void load() {
    byte[] old = state.get();
    total = old == null ? new Total() : Total.fromBytes(old);
    changed = false;
  }

  @Override
  protected boolean pass(Event e) {
    answering().stage().aggregation().add(total, e);
    changed = true;
    return false; // it ends here
  }

  @Override
  protected OutRecord result() {
    return null;
  }

  @Override
  protected OutRecord end() {
    return changed ? answering().stage().update(total) : null;
  }

  @Override
  protected void save() {
    if (changed) {
      state.update(total.toBytes());
    }
  }
}
