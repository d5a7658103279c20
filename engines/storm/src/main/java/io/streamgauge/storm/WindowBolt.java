package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Aggregate;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Stamp;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.storm.state.KeyValueState;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseStatefulWindowedBolt;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.windowing.TupleWindow;

/**
 * The second half of a stage with windows: Storm's own windowed bolt, one task for each partition,
 * so that each has a clock of its own.
 *
 * <p>It is a persistent one. Storm's plain windows live in memory, and their tuples are
 * acknowledged when they expire: a crash would have every event of every open window read and
 * answered again, and spouts would need room for all of them. Persistent ones write their tuples
 * down with each checkpoint, which acknowledges them.
 *
 * <p>Storm emits the results of persistent windows without an anchor: nothing would notice one that
 * was lost. A checkpoint therefore waits until windows that are due have fired and Kafka has taken
 * their results.
 */
final class WindowBolt extends BaseStatefulWindowedBolt<KeyValueState<String, byte[]>> {
  private static final long serialVersionUID = 1;
  private static final String DUE = "due";
  private static final int OFFSET = 1;
  private static final int TIME = 3;
  private static final int KEY = 4;
  private static final int SG = 5;
  private static final int METRIC = 6;

  private final Plan plan;
  private final int index;
  private final WindowTimes times;
  private final Due due;
  private final long timeoutMillis;
  private transient Stage stage;
  private transient Writer writer;
  private transient Mishaps mishaps;
  private transient KeyValueState<String, byte[]> state;

  WindowBolt(Plan plan, int index, Stage stage, Options options) {
    this.plan = plan;
    this.index = index;
    times = new WindowTimes(plan, stage.window());
    due = new Due(times);
    timeoutMillis = options.messageTimeoutSecs() * 1000L;
    withWindow(Duration.of(times.length()), Duration.of(times.step()));
    withTimestampExtractor(due);
    withLag(Duration.of(1));
    withWatermarkInterval(Duration.of(options.watermarkIntervalMillis()));
    withPersistence();
  }

  @Override
  public void prepare(
      Map<String, Object> conf, TopologyContext context, OutputCollector collector) {
    stage = Stages.of(plan, index);
    mishaps = new Mishaps(collector);
    writer = new Writer(plan, index, mishaps::report);
  }

  @Override
  public void initState(KeyValueState<String, byte[]> state) {
    this.state = state;
    due.restore(state.get(DUE));
  }

  /**
   * Aggregates a window that fires. Comes on the timer's thread, and in the order of ends. Storm
   * notes only afterwards that a window has fired; a checkpoint just before that brings it back
   * after a crash, without the tuples that have expired.
   */
  @Override
  public void execute(TupleWindow window) {
    long end = window.getEndTimestamp();
    if (due.again(end)) {
      window.getIter().forEachRemaining(t -> {});
      return;
    }
    try {
      long start = times.start(end);
      aggregate(start, window.getIter()).values().stream()
          .map(a -> stage.window(start, a))
          .filter(Objects::nonNull)
          .forEach(this::write);
      due.fired(end);
    } catch (RuntimeException e) {
      mishaps.report(
          new IllegalStateException(
              "stage "
                  + stage.name()
                  + ", window of "
                  + plan.stageInput(index)
                  + ": "
                  + e.getMessage(),
              e));
    }
  }

  /**
   * The events of one of our windows, by owner. After a crash a tuple may stand in the window
   * twice: what is read again comes behind what was written down, and is known by its offset.
   */
  private Map<Long, Aggregate> aggregate(long start, Iterator<Tuple> tuples) {
    Map<Long, Aggregate> owners = new LinkedHashMap<>();
    long last = -1;
    while (tuples.hasNext()) {
      Tuple t = tuples.next();
      if (t.getLong(OFFSET) <= last) {
        continue;
      }
      last = t.getLong(OFFSET);
      if (t.getLong(METRIC) != null && times.holds(start, t.getLong(TIME))) {
        Stamp stamp = Stamp.parse(t.getBinary(SG));
        owners
            .computeIfAbsent(stamp.owner(), o -> new Aggregate())
            .add(t.getBinary(KEY), stamp, t.getLong(METRIC));
      }
    }
    return owners;
  }

  private void write(OutRecord result) {
    writer.write(List.of(result), () -> {});
  }

  @Override
  public void prePrepare(long txid) {
    due.settle(timeoutMillis);
    writer.flush();
    if (mishaps.any() || writer.closed()) { // a result may be lost
      throw new IllegalStateException(
          "a task of stage "
              + stage.name()
              + " has failed or is being ended: no checkpoint is taken any more");
    }
    state.put(DUE, due.save());
  }

  /**
   * Storm rolls back the window but not its watermark, behind which every tuple that comes again
   * would be late. Only a new start gets both right.
   */
  @Override
  public void preRollback() {
    if (state != null) {
      mishaps.report(
          new IllegalStateException(
              "stage "
                  + stage.name()
                  + ": a checkpoint was rolled back, and Storm cannot roll back the watermark of windows"));
    }
  }

  @Override
  public void cleanup() {
    writer.close();
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {} // what it gives goes to Kafka
}
