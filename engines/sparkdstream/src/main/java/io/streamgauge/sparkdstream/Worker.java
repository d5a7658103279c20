package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Registries;
import io.streamgauge.joblib.operator.Stage;
import java.util.List;

/**
 * What the tasks of one process share: the compiled stages, and one producer. It cannot travel with
 * a task, so each process makes its own when its first task asks; a process serves one application,
 * and so one plan.
 */
final class Worker {
  private static Worker here;

  private final List<Stage> stages;
  private final Sink sink;

  private Worker(Plan plan) {
    stages = Stage.compile(plan, Registries.of(plan));
    sink = new Sink(plan);
  }

  /** The one of this process. */
  static synchronized Worker of(Plan plan) {
    if (here == null) {
      here = new Worker(plan);
    }
    return here;
  }

  Stage stage(int index) {
    return stages.get(index);
  }

  Sink sink() {
    return sink;
  }
}
