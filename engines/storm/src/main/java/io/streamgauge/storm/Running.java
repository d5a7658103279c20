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
import org.apache.storm.generated.KillOptions;
import org.apache.storm.generated.NotAliveException;
import org.apache.storm.thrift.TException;

/**
 * A topology while it runs, seen through nimbus and through Kafka: it need not be in this process.
 */
final class Running implements AutoCloseable {
  private static final long LOOK_MILLIS = 500;

  private final Session session;
  private final Plan plan;
  private final Cluster cluster;
  private final List<Stage> stages;
  private final String name;

  Running(Session session, Cluster cluster, List<Stage> stages) {
    this.session = session;
    this.plan = session.plan();
    this.cluster = cluster;
    this.stages = stages;
    this.name = Remote.name(plan);
  }

  /** Waits until spouts read all partitions of all stages; on a cluster, until workers run them. */
  void awaitReady() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.readyMillis());
    while (!ready() && !session.stopping().isDone()) {
      check();
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "not every spout reads its partitions after " + plan.readyMillis() + " ms");
      }
      await(session.stopping(), LOOK_MILLIS / 5);
    }
  }

  private boolean ready() throws TException {
    return cluster instanceof Remote remote
        ? remote.running(name)
        : Tally.ASSIGNED.sum() >= (long) stages.size() * plan.partitions();
  }

  /** Waits until the engine is to drain or to stop. */
  void awaitEnd() throws Exception {
    CompletableFuture<Object> end = CompletableFuture.anyOf(session.draining(), session.stopping());
    while (!end.isDone()) {
      await(end, LOOK_MILLIS);
      check();
      report();
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
    report();
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
  @Override
  public void close() throws TException {
    if (cluster instanceof Remote remote) {
      remote.kill(name, plan.stopMillis() / 3);
      return;
    }
    KillOptions now = new KillOptions();
    now.set_wait_secs(0);
    try {
      cluster.nimbus().killTopologyWithOpts(name, now);
    } catch (NotAliveException e) {
      System.err.println("the topology " + name + " has not come to life");
    }
  }

  /** Fails with the first error that a task has reported. */
  private void check() throws TException {
    String error = Remote.error(cluster.nimbus(), name);
    if (error != null) {
      throw new IllegalStateException(error);
    }
  }

  /** Says what the tasks have counted, if they are in this process. */
  private void report() {
    if (!plan.onCluster()) {
      Tally.report();
      Waiting.report();
      Lag.report();
    }
  }

  private static void await(CompletableFuture<?> f, long millis) throws Exception {
    try {
      f.get(millis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      // the caller looks again
    }
  }
}
