package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Registries;
import io.streamgauge.joblib.operator.Stage;
import java.util.List;

/**
 * What the tasks of one process share: the compiled stages, one producer, and one consumer where
 * messages are put together. It cannot travel with a task, so each process makes its own when its
 * first task asks; a process serves one application, and so one plan.
 */
final class Worker {
  private static Worker here;

  private final Plan plan;
  private final List<Stage> stages;
  private final Sink sink;
  private Lookup lookup; // null: nobody has asked

  private Worker(Plan plan) {
    this.plan = plan;
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

  /** Reads records again. */
  synchronized Lookup lookup() {
    if (lookup == null) {
      lookup = new Lookup(plan);
    }
    return lookup;
  }

  Sink sink() {
    return sink;
  }
}
