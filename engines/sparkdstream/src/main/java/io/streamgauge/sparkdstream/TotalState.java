package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function3;
import org.apache.spark.streaming.State;

/** The operator aggregate on Spark's state: for each device its total, told of once in a batch. */
final class TotalState extends StageTask
    implements Function3<StateKey, Optional<Share>, State<Total>, Answers> {
  private static final long serialVersionUID = 1;

  TotalState(Plan plan, int stage) {
    super(plan, stage);
  }

  @Override
  public Answers call(StateKey device, Optional<Share> share, State<Total> state) {
    OutRecord[] results = share.get().results();
    if (results.length > 0) {
      return Answers.of(results);
    }
    Total total = new Total(); // a copy: the state before belongs to the batch before
    if (state.exists()) {
      total.merge(state.get());
    }
    total.merge(share.get().total());
    state.update(total);
    return Answers.of(stage().update(total));
  }
}
