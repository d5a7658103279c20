package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.record.InRecord;
import java.util.List;
import java.util.Map;
import org.apache.storm.task.IMetricsContext;
import org.apache.storm.trident.operation.TridentCollector;
import org.apache.storm.trident.state.BaseStateUpdater;
import org.apache.storm.trident.state.State;
import org.apache.storm.trident.state.StateFactory;
import org.apache.storm.trident.tuple.TridentTuple;

/** Hands the tuples of a batch, fields record and step, to the stage's state. */
final class StageUpdater extends BaseStateUpdater<StageState> {
  private static final long serialVersionUID = 1;

  @Override
  public void updateState(StageState state, List<TridentTuple> tuples, TridentCollector collector) {
    for (TridentTuple t : tuples) {
      state.apply((InRecord) t.get(0), t.get(1));
    }
    state.end(); // Trident calls this once for each batch
  }

  /** Makes the state of each task. */
  record Factory(Plan plan, int stage) implements StateFactory {
    @Override
    public State makeState(Map<String, Object> conf, IMetricsContext metrics, int task, int tasks) {
      return new StageState(plan, stage, task);
    }
  }
}
