package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.record.OutRecord;
import java.util.List;
import org.apache.storm.state.KeyValueState;
import org.apache.storm.tuple.Tuple;

/**
 * A stage with aggregate: remembers each device's total and tells of it after each event. An event
 * that comes again is in the total already. It is told of the total as it is now, which has all
 * events up to one offset, as every update must: so no answer need be kept for it.
 */
final class AggregateBolt extends OrderedBolt {
  private static final long serialVersionUID = 1;

  private transient Owners<Total> totals;

  AggregateBolt(Plan plan, int index, Options options) {
    super(plan, index, options);
  }

  @Override
  protected void restore(KeyValueState<String, byte[]> state) {
    totals = Owners.restore(state, Total::fromBytes);
  }

  @Override
  protected void save(KeyValueState<String, byte[]> state) {
    totals.save(state, Total::toBytes);
  }

  @Override
  protected List<OutRecord> first(Tuple t, Event e, Past past) {
    Verdict v = stage.before(e);
    if (v != Verdict.PASS) {
      return only(stage.answer(e, v));
    }
    Total total = totals.change(e.owner(), Total::new);
    stage.aggregation().add(total, e);
    return List.of(stage.update(total));
  }

  @Override
  protected List<OutRecord> again(Event e, Past past) {
    Verdict v = stage.before(e);
    return v == Verdict.PASS
        ? List.of(stage.update(totals.get(e.owner())))
        : only(stage.answer(e, v));
  }
}
