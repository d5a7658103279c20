package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Alert;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.record.OutRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.storm.state.KeyValueState;
import org.apache.storm.tuple.Tuple;

/**
 * A stage with detect: remembers which devices' alarms are on, and of what may come again what gave
 * an alert.
 */
final class DetectBolt extends OrderedBolt {
  private static final long serialVersionUID = 1;
  private static final byte[] ON = {};

  private transient Owners<Boolean> active; // true or absent: most devices are calm

  DetectBolt(Plan plan, int index, Options options) {
    super(plan, index, options);
  }

  @Override
  protected void restore(KeyValueState<String, byte[]> state) {
    active = Owners.restore(state, b -> true);
  }

  @Override
  protected void save(KeyValueState<String, byte[]> state) {
    active.save(state, on -> ON);
  }

  @Override
  protected List<OutRecord> first(Tuple t, Event e, Past past) {
    Verdict v = stage.before(e);
    Alert alert = null;
    if (v == Verdict.PASS) {
      alert = stage.detect().apply(active.get(e.owner()) != null, e);
      if (alert != null) {
        active.put(e.owner(), alert.active() ? true : null);
        past.keep(e.offset, encode(alert));
      }
    }
    return answers(e, v, alert);
  }

  @Override
  protected List<OutRecord> again(Event e, Past past) {
    Verdict v = stage.before(e);
    byte[] alert = past.answer(e.offset);
    return answers(e, v, alert == null ? null : decode(alert));
  }

  private List<OutRecord> answers(Event e, Verdict v, Alert alert) {
    OutRecord second =
        alert == null ? null : stage.alert(e, alert); // of the event as detect saw it
    List<OutRecord> out = new ArrayList<>(2);
    out.addAll(only(stage.answer(e, v == Verdict.PASS ? stage.after(e) : v)));
    out.addAll(only(second));
    return out;
  }

  private static byte[] encode(Alert a) {
    return ByteBuffer.allocate(1 + 2 * Long.BYTES)
        .put((byte) (a.active() ? 1 : 0))
        .putLong(a.threshold())
        .putLong(a.metric())
        .array();
  }

  private static Alert decode(byte[] b) {
    ByteBuffer in = ByteBuffer.wrap(b);
    return new Alert(in.get() == 1, in.getLong(), in.getLong());
  }
}
