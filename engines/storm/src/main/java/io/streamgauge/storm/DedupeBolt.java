package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Seen;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.record.OutRecord;
import java.util.List;
import org.apache.storm.state.KeyValueState;
import org.apache.storm.tuple.Tuple;

/**
 * A stage with dedupe: remembers what each device has sent, and of what may come again what was
 * dropped.
 */
final class DedupeBolt extends OrderedBolt {
  private static final long serialVersionUID = 1;
  private static final byte[] DROPPED = {};

  private transient Owners<Seen> owners;

  DedupeBolt(Plan plan, int index, Options options) {
    super(plan, index, options);
  }

  @Override
  protected void restore(KeyValueState<String, byte[]> state) {
    owners = Owners.restore(state, Seen::fromBytes);
  }

  @Override
  protected void save(KeyValueState<String, byte[]> state) {
    owners.save(state, Seen::toBytes);
  }

  @Override
  protected List<OutRecord> first(Tuple t, Event e, Past past) {
    Verdict v = stage.before(e);
    if (v == Verdict.PASS) {
      Seen seen = owners.change(e.owner(), stage.dedupe()::empty);
      if (seen.pass(e.stamp().sequence())) {
        v = stage.after(e);
      } else {
        past.keep(e.offset, DROPPED);
        v = Verdict.DROP;
      }
    }
    return only(stage.answer(e, v));
  }

  @Override
  protected List<OutRecord> again(Event e, Past past) {
    Verdict v = stage.before(e);
    if (v == Verdict.PASS) {
      v = past.answer(e.offset) == null ? stage.after(e) : Verdict.DROP;
    }
    return only(stage.answer(e, v));
  }
}
