package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Stage;
import java.io.Serializable;
import org.apache.kafka.common.TopicPartition;

/**
 * A function that executors run for one stage of the job. It travels with the plan and finds the
 * rest where it arrives.
 */
abstract class StageTask implements Serializable {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;

  StageTask(Plan plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  final Stage stage() {
    return Worker.of(plan).stage(index);
  }

  /** The value of a record that the stage has read before. */
  final byte[] again(int partition, long offset) {
    TopicPartition input = new TopicPartition(plan.stageInput(index), partition);
    return Worker.of(plan).lookup(input).value(offset);
  }

  /** Where the stage's results go, for one task. */
  final Sink.Output open() {
    return Worker.of(plan).sink().open(index);
  }
}
