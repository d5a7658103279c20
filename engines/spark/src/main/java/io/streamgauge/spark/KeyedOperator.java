package io.streamgauge.spark;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.record.OutRecord;
import java.util.function.Consumer;

/** A stage with one operator that has state, between others that have none. */
public abstract class KeyedOperator extends Keyed {
  private static final long serialVersionUID = 1;

  /** For a stage with state. */
  protected KeyedOperator(Answering answering) {
    super(answering);
  }

  /**
   * Applies the operator to an event and the state. False: the event ends here, without an answer.
   */
  protected abstract boolean pass(Event e);

  /** What the event has given beside its answer; null for nothing. */
  protected abstract OutRecord result();

  @Override
  protected final void event(Event e, Consumer<OutRecord> out) {
    Stage stage = answering().stage();
    Verdict v = stage.before(e);
    if (v != Verdict.PASS) {
      out.accept(stage.answer(e, v));
    } else if (pass(e)) {
      OutRecord result = result(); // taken before the operators behind change the event
      out.accept(stage.answer(e, stage.after(e)));
      out.accept(result);
    }
  }
}
