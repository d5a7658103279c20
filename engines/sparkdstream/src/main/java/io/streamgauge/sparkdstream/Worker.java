package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Registries;
import io.streamgauge.joblib.operator.Stage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * What the tasks of one process share: the compiled stages, one producer, and a consumer for each
 * partition whose messages are put together. It cannot travel with a task, so each process makes
 * its own when its first task asks; a process serves one application, and so one plan.
 */
final class Worker {
  private static Worker here;

  private final Plan plan;
  private final List<Stage> stages;
  private final Sink sink;
  private final Map<TopicPartition, Lookup> lookups = new HashMap<>();

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

  /**
   * Reads records of a partition again. Each has a consumer of its own: in one for all, what it has
   * fetched of a partition would be thrown away whenever a task of another one asks.
   */
  synchronized Lookup lookup(TopicPartition partition) {
    return lookups.computeIfAbsent(partition, p -> new Lookup(plan, p));
  }

  Sink sink() {
    return sink;
  }
}
