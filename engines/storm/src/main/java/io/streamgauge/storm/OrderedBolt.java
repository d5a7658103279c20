package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Figures;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.storm.state.KeyValueState;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseStatefulBolt;
import org.apache.storm.tuple.Tuple;

/**
 * A stage with memory: takes the records of a partition in the order of their offsets, each of them
 * once, and answers those that come again as before.
 *
 * <p>Storm writes the state down in two steps, prepare and commit, when a checkpoint tuple comes
 * through the topology behind the tuples whose effect the state has. It acknowledges these at the
 * commit, not when the bolt does: no crash loses the effect of a record that was acknowledged.
 * Tuples come out of order only where Storm has lost some, with a worker, or a checkpoint was
 * rolled back, upon which Storm fails those that it kept; the ones behind them wait.
 */
abstract class OrderedBolt extends BaseStatefulBolt<KeyValueState<String, byte[]>> {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;
  private final int replayed;
  private transient Writer writer;
  private transient Mishaps mishaps;
  private transient KeyValueState<String, byte[]> state;
  private transient Map<Integer, Past> pasts;
  private transient Map<Integer, NavigableMap<Long, Tuple>> early;
  private transient boolean rolledBack;

  /** Made when the bolt is prepared. */
  protected transient Stage stage;

  /** Acknowledges and, with the tuple at hand, emits. */
  protected transient OutputCollector collector;

  OrderedBolt(Plan plan, int index, Options options) {
    this.plan = plan;
    this.index = index;
    this.replayed = options.replayed();
  }

  /** What an event gives whose turn it is. */
  protected abstract List<OutRecord> first(Tuple t, Event e, Past past);

  /** What an event gives that was taken before. */
  protected abstract List<OutRecord> again(Event e, Past past);

  /** Replaces the memory of devices by what {@link #save} has put into the state. */
  protected abstract void restore(KeyValueState<String, byte[]> state);

  /** Puts the memory of devices into the state, as far as it has changed. */
  protected abstract void save(KeyValueState<String, byte[]> state);

  @Override
  public void prepare(
      Map<String, Object> conf, TopologyContext context, OutputCollector collector) {
    Mishaps reported = new Mishaps(collector);
    prepare(collector, Stages.of(plan, index), reported, new Writer(plan, index, reported::report));
  }

  void prepare(OutputCollector collector, Stage stage, Mishaps mishaps, Writer writer) {
    this.collector = collector;
    this.stage = stage;
    this.mishaps = mishaps;
    this.writer = writer;
    early = new HashMap<>();
  }

  @Override
  public void initState(KeyValueState<String, byte[]> state) {
    this.state = state;
    restore();
  }

  private void restore() {
    pasts = Past.restore(state, replayed);
    restore(state);
    rolledBack = false;
  }

  @Override
  public void execute(Tuple t) {
    if (rolledBack) {
      restore();
    }
    if (mishaps.any()) {
      return;
    }
    Past past = pasts.computeIfAbsent(t.getInteger(0), p -> new Past(p, replayed));
    NavigableMap<Long, Tuple> waiting =
        early.computeIfAbsent(t.getInteger(0), p -> new TreeMap<>());
    switch (turn(past, t)) {
      case AGAIN -> answer(t, past, false);
      case LATER -> waiting.put(t.getLong(1), t);
      case NOW -> {
        answer(t, past, true);
        while (!waiting.isEmpty()
            && turn(past, waiting.firstEntry().getValue()) != Past.Turn.LATER) {
          Tuple next = waiting.pollFirstEntry().getValue();
          answer(next, past, turn(past, next) == Past.Turn.NOW);
        }
      }
      default -> throw new IllegalStateException("BUG: a turn without a meaning");
    }
  }

  private static Past.Turn turn(Past past, Tuple t) {
    return past.turn(t.getLong(1), RecordFields.previous(t));
  }

  private void answer(Tuple t, Past past, boolean first) {
    InRecord in = RecordFields.record(t);
    try {
      List<OutRecord> out = answer(t, in, past, first);
      if (first) {
        past.take(in.offset());
      }
      writer.write(out, () -> collector.ack(t)); // into a queue, until the commit: any thread may
    } catch (RuntimeException e) {
      mishaps.report(Stages.fault(plan, stage, in, e));
    }
  }

  private List<OutRecord> answer(Tuple t, InRecord in, Past past, boolean first) {
    Event e = stage.arrive(in);
    if (e != null) {
      return first ? first(t, e, past) : again(e, past);
    }
    OutRecord passed = stage.pass(in);
    if (passed == null) {
      Figures.foreign(1);
      return List.of();
    }
    return List.of(passed);
  }

  /** The answer to an event, if there is one, as a list. */
  protected static List<OutRecord> only(OutRecord out) {
    return out == null ? List.of() : List.of(out);
  }

  @Override
  public void prePrepare(long txid) {
    if (rolledBack) {
      restore(); // no tuple has come since
    }
    if (mishaps.any()) {
      throw new IllegalStateException(
          "a task of stage " + stage.name() + " has failed: no checkpoint is taken any more");
    }
    pasts.values().forEach(p -> p.save(state));
    save(state);
  }

  /**
   * Behind this call Storm rolls back the state, and fails what was acknowledged and is not
   * committed: that comes again. What Kafka has yet to take would be acknowledged later and never
   * come again, its effect gone; so it is waited for.
   */
  @Override
  public void preRollback() {
    writer.flush();
    rolledBack = state != null;
  }

  @Override
  public void cleanup() {
    writer.close();
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {} // what it gives goes to Kafka
}
