package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Drain;
import io.streamgauge.joblib.kafka.Ends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.common.TopicPartition;

/**
 * Runs a plan's job on a cluster inside this process: one master, one worker, threads instead of
 * processes.
 */
final class Local implements AutoCloseable {
  private static final long LOOK_MILLIS = 200;
  private static final long STOP_RESERVE_MILLIS = 2_000;

  private final Session session;
  private final Plan plan;
  private final Aggregates aggregates;
  private MiniCluster cluster;
  private JobID job;
  private CompletableFuture<JobResult> result;

  Local(Session session, Aggregates aggregates) {
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
    CompletableFuture.anyOf(session.draining(), session.stopping(), result).join();
    failIfEnded();
    if (!session.stopping().isDone()) {
      drain();
    }
    stop();
  }

  private void submit() throws Exception {
    Configuration configuration = Settings.configuration(plan);
    clear(plan.stateDir().resolve("tmp"));
    Optional<Path> checkpoint = Checkpoints.newest(Settings.checkpoints(plan));
    checkpoint.ifPresent(
        path -> {
          configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, path.toUri().toString());
          configuration.set(
              StateRecoveryOptions.RESTORE_MODE,
              RecoveryClaimMode.CLAIM); // Flink removes it when it is old
        });
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    Pipelines.build(env, plan, aggregates);
    JobGraph graph = env.getStreamGraph().getJobGraph();
    job = graph.getJobID();
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumSlotsPerTaskManager(Settings.parallelism(plan))
                .build());
    cluster.start();
    cluster.submitJob(graph).get();
    result = cluster.requestJobResult(job);
  }

  /** The job takes input once every task has its state and its partitions. */
  private void awaitRunning() throws Exception {
    while (!session.stopping().isDone() && !running()) {
      failIfEnded();
      pause();
    }
  }

  private boolean running() throws Exception {
    for (var vertex : cluster.getExecutionGraph(job).get().getAllExecutionVertices()) {
      if (vertex.getExecutionState() != ExecutionState.RUNNING) {
        return false;
      }
    }
    return true;
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
    CompletableFuture<String> savepoint =
        cluster.stopWithSavepoint(
            job, Settings.checkpoints(plan).toUri().toString(), false, SavepointFormatType.NATIVE);
    try {
      long patience =
          session.stopping().isDone()
              ? plan.stopMillis() - STOP_RESERVE_MILLIS
              : plan.drainMillis();
      savepoint.get(Math.max(STOP_RESERVE_MILLIS, patience), TimeUnit.MILLISECONDS);
      result.get();
    } catch (ExecutionException e) {
      failIfEnded();
      throw e;
    } catch (TimeoutException e) {
      throw new TimeoutException(
          "no savepoint within the time for stopping; the last checkpoint stands");
    }
    failIfEnded();
  }

  private void cancel() throws Exception {
    cluster.cancelJob(job).get();
    result.get();
  }

  /** Throws what ended the job, if something did. */
  private void failIfEnded() throws Exception {
    if (!result.isDone()) {
      return;
    }
    var failure = result.get().getSerializedThrowable();
    if (failure.isPresent()) {
      throw new JobFailure(failure.get().deserializeError(Local.class.getClassLoader()));
    }
  }

  private static void pause() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
  }

  /** Removes what a killed process left behind. */
  private static void clear(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      List<Path> all;
      try (Stream<Path> walk = Files.walk(folder)) {
        all = walk.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path p : all) {
        Files.delete(p);
      }
    }
    Files.createDirectories(folder);
  }

  /** Ends what is left, as far as it can be done at once: the process ends soon after. */
  @Override
  public void close() {
    if (cluster != null) {
      cluster
          .closeAsync()
          .completeOnTimeout(null, STOP_RESERVE_MILLIS, TimeUnit.MILLISECONDS)
          .exceptionally(e -> null)
          .join();
    }
  }
}
