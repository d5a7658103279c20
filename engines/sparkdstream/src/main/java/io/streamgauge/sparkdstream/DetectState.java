package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Alert;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function3;
import org.apache.spark.streaming.State;

/** The operator detect on Spark's state: for each device whether its alarm is on. */
final class DetectState extends StageTask
    implements Function3<StateKey, Optional<Arrival>, State<Boolean>, Answers> {
  private static final long serialVersionUID = 1;

  DetectState(Plan plan, int stage) {
    super(plan, stage);
  }

  @Override
  public Answers call(StateKey device, Optional<Arrival> arrival, State<Boolean> state) {
    Event e = arrival.get().event();
    if (e == null) {
      return Answers.of(arrival.get().result());
    }
    Stage stage = stage();
    Alert alert = stage.detect().apply(state.exists() && state.get(), e);
    OutRecord answer = stage.answer(e, stage.after(e));
    if (alert == null) {
      return Answers.of(answer);
    }
    state.update(alert.active());
    return Answers.of(answer, stage.alert(e, alert));
  }
}
