package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Registries;
import io.streamgauge.joblib.operator.CorruptRecordException;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.InRecord;

/** What bolts share. */
final class Stages {
  private Stages() {}

  /** A stage of the plan's job; what it is made of is read once for each process. */
  static Stage of(Plan plan, int index) {
    return Stage.compile(plan, Registries.of(plan)).get(index);
  }

  /** Says which record a stage could not take: a fault that ends the engine. */
  static RuntimeException fault(Plan plan, Stage stage, InRecord in, RuntimeException e) {
    if (e instanceof CorruptRecordException) {
      return e; // says it all
    }
    return new IllegalStateException(
        "stage "
            + stage.name()
            + ", record at offset "
            + in.offset()
            + " of partition "
            + in.partition()
            + " of "
            + plan.stageInput(stage.index())
            + ": "
            + e.getMessage(),
        e);
  }
}
