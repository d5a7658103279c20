package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Registries;
import io.streamgauge.joblib.operator.Stage;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The compiled stages of a plan, made once in each process that runs tasks of it: functions are
 * shipped with the plan's text and look their stage up when they are opened.
 */
public final class Programs {
  private static final Map<String, List<Stage>> COMPILED = new ConcurrentHashMap<>();

  private Programs() {}

  /** A stage of a plan. */
  public static Stage stage(Plan plan, int index) {
    return COMPILED
        .computeIfAbsent(plan.prefix(), p -> Stage.compile(plan, Registries.of(plan)))
        .get(index);
  }
}
