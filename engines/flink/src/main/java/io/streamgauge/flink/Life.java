package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Drain;
import io.streamgauge.joblib.kafka.Ends;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.common.TopicPartition;

/** Runs a plan's job, wherever its tasks are, from where a former life left off to its end. */
final class Life implements AutoCloseable {
  private static final long LOOK_MILLIS = 200;
  private static final long STOP_RESERVE_MILLIS = 2_000;

  private final Session session;
  private final Plan plan;
  private final Aggregates aggregates;
  private JobCluster cluster;

  Life(Session session, Aggregates aggregates) {
    this.session = session;
    this.aggregates = aggregates;
    plan = session.plan();
  }

  /**
   * Starts where a former life left off, works until told to drain or to stop, and ends with
   * everything committed.
   */
  void run() throws Exception {
    submit();
    awaitRunning();
    if (session.stopping().isDone()) {
      cancel();
      return;
    }
    session.status().ready();
    CompletableFuture.anyOf(session.draining(), session.stopping(), cluster.result()).join();
    failIfEnded();
    if (!session.stopping().isDone()) {
      drain();
    }
    stop();
  }

  private void submit() throws Exception {
    Configuration configuration = Settings.configuration(plan);
    cluster =
        plan.onCluster() ? new OverRest(plan, configuration) : new InProcess(plan, configuration);
    Optional<String> place = Checkpoints.begin(plan, cluster.takeOver(), cluster::reached);
    place.ifPresent(
        path -> {
          configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, path);
          configuration.set(
              StateRecoveryOptions.RESTORE_MODE,
              RecoveryClaimMode.CLAIM); // Flink removes it when it is old
        });
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    Pipelines.build(env, plan, aggregates);
    JobGraph graph = env.getStreamGraph().getJobGraph();
    Checkpoints.noteBegun(plan, place, graph.getJobID());
    cluster.submit(graph);
  }

  /** The job takes input once every task has its state. */
  private void awaitRunning() throws Exception {
    while (!session.stopping().isDone() && !cluster.running()) {
      failIfEnded();
      pause();
    }
  }

  /**
   * Reads every stage to its end, one after the other: as far as the offsets say that a completed
   * checkpoint has brought to Kafka.
   */
  private void drain() throws Exception {
    try (Drain drain = new Drain(session);
        Ends ends = new Ends(plan)) {
      for (int i = 0; i < plan.job().stages().size(); i++) {
        String topic = plan.stageInput(i);
        if (!drain.reached(topic, () -> committed(ends, topic))) {
          return; // told to stop
        }
      }
    }
  }

  private Map<TopicPartition, Long> committed(Ends ends, String topic) throws Exception {
    failIfEnded();
    return ends.committed(plan.prefix(), topic);
  }

  /**
   * Takes a last checkpoint, a savepoint, commits what it covers, and ends the job. Open windows
   * stay open in it.
   */
  private void stop() throws Exception {
    CompletableFuture<String> savepoint = cluster.stop(Settings.checkpoints(plan));
    try {
      long patience =
          session.stopping().isDone()
              ? plan.stopMillis() - STOP_RESERVE_MILLIS
              : plan.drainMillis();
      Checkpoints.note(
          plan, savepoint.get(Math.max(STOP_RESERVE_MILLIS, patience), TimeUnit.MILLISECONDS));
      cluster.result().get();
    } catch (ExecutionException e) {
      failIfBroken();
      throw e;
    } catch (TimeoutException e) {
      throw new TimeoutException(
          "no savepoint within the time for stopping; the last checkpoint stands");
    }
    failIfBroken();
  }

  private void cancel() throws Exception {
    cluster.cancel().get();
    cluster.result().get();
  }

  /** Throws what ended the job, if it has come to an end, which nobody has told it to. */
  private void failIfEnded() throws Exception {
    if (cluster.result().isDone()) {
      throw JobFailure.of(cluster.result().get());
    }
  }

  /** Throws what ended the job, if that was not the stop. */
  private void failIfBroken() throws Exception {
    if (cluster.result().isDone() && !cluster.result().get().isSuccess()) {
      throw JobFailure.of(cluster.result().get());
    }
  }

  private static void pause() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
  }

  @Override
  public void close() {
    if (cluster != null) {
      cluster.close();
    }
  }
}
