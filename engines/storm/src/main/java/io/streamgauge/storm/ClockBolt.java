package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.record.OutRecord;
import java.util.List;
import org.apache.storm.state.KeyValueState;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.Values;

/**
 * The first half of a stage with windows: answers events at once, and sends those that count, or
 * move the clock, on to {@link WindowBolt} with the time it is when they come: the highest event
 * time of the partition up to and with them. That clock is state: it survives the process together
 * with the place in the partition that it belongs to.
 */
final class ClockBolt extends OrderedBolt {
  private static final long serialVersionUID = 1;

  /** The stream of events for windows. */
  static final String WINDOWED = "windowed";

  static final Fields FIELDS =
      new Fields(RecordFields.PARTITION, "offset", "clock", "time", "key", "sg", "metric");

  ClockBolt(Plan plan, int index, Options options) {
    super(plan, index, options);
  }

  @Override
  protected void restore(
      KeyValueState<String, byte[]> state) {} // the clock is part of the partition's past

  @Override
  protected void save(KeyValueState<String, byte[]> state) {}

  @Override
  protected List<OutRecord> first(Tuple t, Event e, Past past) {
    Verdict v = stage.before(e);
    if (v != Verdict.PASS) {
      return only(stage.answer(e, v));
    }
    boolean moves = e.time > past.clock();
    past.move(e.time);
    boolean counts = stage.window().has(e);
    if (counts || moves) {
      Long metric = counts ? stage.window().metric(e) : null;
      collector.emit(
          WINDOWED,
          t,
          new Values(e.partition, e.offset, past.clock(), e.time, e.key, e.sg, metric));
    }
    return only(stage.answer(e, stage.after(e)));
  }

  @Override
  protected List<OutRecord> again(Event e, Past past) {
    Verdict v = stage.before(e);
    return only(stage.answer(e, v == Verdict.PASS ? stage.after(e) : v));
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    declarer.declareStream(WINDOWED, FIELDS);
  }
}
