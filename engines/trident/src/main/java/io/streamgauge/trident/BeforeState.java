package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Figures;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Messages;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import java.util.List;
import java.util.Map;
import org.apache.storm.trident.operation.BaseFunction;
import org.apache.storm.trident.operation.TridentCollector;
import org.apache.storm.trident.operation.TridentOperationContext;
import org.apache.storm.trident.tuple.TridentTuple;

/**
 * The operators of a stage that remember nothing, as a Trident function: appends to a record what
 * it gives, an {@link OutRecord} to write or an {@link Event} for the stage's state. A record that
 * gives nothing ends here.
 */
final class BeforeState extends BaseFunction {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;
  private transient Trial trial;
  private transient Stage stage;

  BeforeState(Plan plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  @Override
  public void prepare(Map<String, Object> conf, TridentOperationContext context) {
    trial = Trial.of(plan);
    stage = trial.stage(index);
  }

  @Override
  public void execute(TridentTuple tuple, TridentCollector collector) {
    InRecord in = (InRecord) tuple.get(0);
    Object step;
    try {
      step = step(stage, in);
    } catch (RuntimeException | LinkageError e) {
      throw trial.failure(
          "processing the record at offset "
              + in.offset()
              + " of partition "
              + in.partition()
              + " of "
              + plan.stageInput(index),
          e);
    }
    if (step != null) {
      collector.emit(List.of(step));
    }
  }

  /**
   * What a record gives before the state: an OutRecord, an Event, or null. A large message in one
   * record, or in the store, is read here, before the batch commits: it may take longer than a
   * transaction should.
   */
  static Object step(Stage stage, InRecord in) {
    Event e = stage.arrive(in);
    if (e == null) {
      OutRecord result = stage.pass(in);
      if (result == null) {
        Figures.foreign(1);
      }
      return result;
    }
    if (stage.messages() != null && !Messages.isChunk(e)) {
      return stage.messages().whole(e);
    }
    Verdict v = stage.before(e);
    return v == Verdict.PASS && !stage.stateless() ? e : stage.answer(e, v);
  }
}
