package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Figures;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import java.util.List;
import java.util.Map;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Tuple;

/**
 * A stage that remembers nothing: its operators and its sink in one bolt. Operators that need no
 * other grouping stand in one bolt, since each bolt more is a queue, a thread and a message to the
 * acker for each tuple.
 *
 * <p>A tuple is acknowledged when Kafka has taken what came of it, on the producer's thread. That
 * wants {@code topology.producer.batch.size} 1: larger batches belong to the thread that filled
 * them, and are sent by it alone.
 */
final class StageBolt extends BaseRichBolt {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;
  private transient Stage stage;
  private transient Writer writer;
  private transient Mishaps mishaps;
  private transient OutputCollector collector;

  StageBolt(Plan plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  @Override
  public void prepare(
      Map<String, Object> conf, TopologyContext context, OutputCollector collector) {
    this.collector = collector;
    stage = Stages.of(plan, index);
    mishaps = new Mishaps(collector);
    writer = new Writer(plan, index, mishaps::report);
  }

  @Override
  public void execute(Tuple t) {
    if (mishaps.any()) {
      return;
    }
    InRecord in = RecordFields.record(t);
    try {
      writer.write(answer(in), () -> ack(t));
    } catch (RuntimeException e) {
      mishaps.report(Stages.fault(plan, stage, in, e));
    }
  }

  private List<OutRecord> answer(InRecord in) {
    Event e = stage.arrive(in);
    OutRecord out = e == null ? stage.pass(in) : stage.answer(e, stage.before(e));
    if (e == null && out == null) {
      Figures.foreign(1);
    }
    return out == null ? List.of() : List.of(out);
  }

  /** From the producer's thread, or from the task's own where a record gives nothing. */
  private void ack(Tuple t) {
    synchronized (collector) {
      collector.ack(t);
    }
  }

  @Override
  public void cleanup() {
    writer.close();
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {} // what it gives goes to Kafka
}
