package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Drain;
import io.streamgauge.joblib.kafka.Ends;
import io.streamgauge.joblib.operator.Stage;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.apache.storm.generated.ErrorInfo;
import org.apache.storm.generated.GetInfoOptions;
import org.apache.storm.generated.KillOptions;
import org.apache.storm.generated.Nimbus;
import org.apache.storm.generated.NumErrorsChoice;
import org.apache.storm.generated.TopologyInfo;
import org.apache.storm.thrift.TException;

/**
 * A topology while it runs, seen through nimbus and through Kafka: it need not be in this process.
 */
final class Running {
  private static final long LOOK_MILLIS = 500;

  private final Session session;
  private final Plan plan;
  private final Nimbus.Iface nimbus;
  private final List<Stage> stages;
  private final String name;

  Running(Session session, Nimbus.Iface nimbus, List<Stage> stages) {
    this.session = session;
    this.plan = session.plan();
    this.nimbus = nimbus;
    this.stages = stages;
    this.name = Topology.name(plan);
  }

  /** Waits until spouts read all partitions of all stages. */
  void awaitReady() throws Exception {
    long all = (long) stages.size() * plan.partitions();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.readyMillis());
    while (Tally.ASSIGNED.sum() < all && !session.stopping().isDone()) {
      check();
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "spouts read "
                + Tally.ASSIGNED
                + " of "
                + all
                + " partitions after "
                + plan.readyMillis()
                + " ms");
      }
      await(session.stopping(), LOOK_MILLIS / 5);
    }
  }

  /** Waits until the engine is to drain or to stop. */
  void awaitEnd() throws Exception {
    CompletableFuture<Object> end = CompletableFuture.anyOf(session.draining(), session.stopping());
    while (!end.isDone()) {
      await(end, LOOK_MILLIS);
      check();
      Tally.report();
    }
  }

  /**
   * Waits until all that was in the input when this was called has gone through all stages. A spout
   * commits an offset when every tuple up to it is acknowledged: its results are in Kafka, its
   * effect on the state is written down, and so are the results of the windows it made due. Tuples
   * of windows that stay open are acknowledged too, since the state has them.
   */
  void drain() throws Exception {
    try (Drain drain = new Drain(session);
        Ends ends = new Ends(plan)) {
      for (Stage stage : stages) {
        String topic = plan.stageInput(stage.index());
        String group = Source.group(plan, stage.index());
        boolean reached =
            drain.reached(
                topic,
                () -> {
                  check();
                  return ends.committed(group, topic);
                });
        if (!reached) {
          return;
        }
      }
    }
    Tally.report();
  }

  /**
   * Lets what has been read so far come to its end, as far as it does within a third of the time
   * there is to stop: what is killed under way is answered again after the next start. Storm could
   * be told to deactivate the spouts; but with them it deactivates the one that takes checkpoints,
   * without which no stateful bolt's tuples are acknowledged.
   */
  void settle() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.stopMillis() / 3);
    try (Ends ends = new Ends(plan)) {
      for (Stage stage : stages) {
        String topic = plan.stageInput(stage.index());
        Map<TopicPartition, Long> to = ends.of(topic);
        while (!Ends.reached(ends.committed(Source.group(plan, stage.index()), topic), to)) {
          if (System.nanoTime() > deadline) {
            return;
          }
          check();
          TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS / 10);
        }
      }
    }
  }

  /** Kills the topology: its workers end, its spouts commit what is acknowledged. */
  void kill() throws TException {
    KillOptions now = new KillOptions();
    now.set_wait_secs(0);
    nimbus.killTopologyWithOpts(name, now);
  }

  /** Fails with the first error that a task has reported. */
  private void check() throws TException {
    GetInfoOptions errors = new GetInfoOptions();
    errors.set_num_err_choice(NumErrorsChoice.ONE);
    TopologyInfo info = nimbus.getTopologyInfoByNameWithOpts(name, errors);
    info.get_errors().forEach((component, list) -> list.forEach(e -> fail(component, e)));
  }

  private static void fail(String component, ErrorInfo e) {
    throw new IllegalStateException(component + ": " + cause(e.get_error()));
  }

  /** The message of a stack trace. */
  static String cause(String trace) {
    return trace.lines().findFirst().orElse("").replaceFirst("^[\\w.]*\\.(\\w+: )", "$1");
  }

  private static void await(CompletableFuture<?> f, long millis) throws Exception {
    try {
      f.get(millis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      // the caller looks again
    }
  }
}
