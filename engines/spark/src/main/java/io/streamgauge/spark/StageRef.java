package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Registries;
import io.streamgauge.joblib.operator.Stage;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.broadcast.Broadcast;

/**
 * How a task comes by its stage. The plan is broadcast; each executor reads the registry and
 * compiles the stages once.
 */
public final class StageRef implements Serializable {
  private static final long serialVersionUID = 1;

  private static final Map<String, List<Stage>> COMPILED = new ConcurrentHashMap<>();

  private final Broadcast<Plan> plan;
  private final int index;

  /** The stage at a position of the plan's job. */
  public StageRef(Broadcast<Plan> plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  int index() {
    return index;
  }

  Plan plan() {
    return plan.value();
  }

  /** The stage, compiled. */
  public Stage stage() {
    return COMPILED
        .computeIfAbsent(plan().prefix(), p -> Stage.compile(plan(), Registries.of(plan())))
        .get(index);
  }
}
