package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Seen;
import io.streamgauge.joblib.operator.Stage;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function3;
import org.apache.spark.streaming.State;

/** The operator dedupe on Spark's state: for each device what it has sent. */
final class DedupeState extends StageTask
    implements Function3<StateKey, Optional<Arrival>, State<Seen>, Answers> {
  private static final long serialVersionUID = 1;

  DedupeState(Plan plan, int stage) {
    super(plan, stage);
  }

  @Override
  public Answers call(StateKey device, Optional<Arrival> arrival, State<Seen> state) {
    Event e = arrival.get().event();
    if (e == null) {
      return Answers.of(arrival.get().result());
    }
    Stage stage = stage();
    // A copy: the state before belongs to the batch before, which may have to be the beginning once
    // more.
    Seen seen = state.exists() ? Seen.fromBytes(state.get().toBytes()) : stage.dedupe().empty();
    if (!seen.pass(e.stamp().sequence())) {
      return Answers.none();
    }
    state.update(seen);
    return Answers.of(stage.answer(e, stage.after(e)));
  }
}
