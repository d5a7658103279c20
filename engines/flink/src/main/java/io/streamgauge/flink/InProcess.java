package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;

/** A cluster inside this process: one master, one worker, threads instead of processes. */
final class InProcess implements JobCluster {
  private static final long CLOSE_MILLIS = 2_000;

  private final Plan plan;
  private final MiniCluster cluster;
  private JobID job;
  private CompletableFuture<JobResult> result;

  InProcess(Plan plan, Configuration configuration) {
    this.plan = plan;
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumSlotsPerTaskManager(Settings.parallelism(plan))
                .build());
  }

  /** A job here dies with its client; only files can be left. */
  @Override
  public Optional<String> takeOver() throws IOException {
    Path folder = plan.stateDir().resolve("tmp");
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
    return Optional.empty();
  }

  /** What ran here has ended with the process, and nothing knows it any more. */
  @Override
  public Optional<String> reached(JobID ended) {
    return Optional.empty();
  }

  @Override
  public void submit(JobGraph graph) throws Exception {
    job = graph.getJobID();
    cluster.start();
    cluster.submitJob(graph).get();
    result = cluster.requestJobResult(job);
  }

  @Override
  public boolean running() throws Exception {
    return running(cluster.getExecutionGraph(job).get().getAllExecutionVertices());
  }

  /** Of all tasks of a job. As long as it is being initialized, Flink shows none. */
  static boolean running(Iterable<? extends AccessExecutionVertex> tasks) {
    boolean any = false;
    for (AccessExecutionVertex task : tasks) {
      if (task.getExecutionState() != ExecutionState.RUNNING) {
        return false;
      }
      any = true;
    }
    return any;
  }

  @Override
  public CompletableFuture<JobResult> result() {
    return result;
  }

  @Override
  public CompletableFuture<String> stop(String folder) {
    return cluster.stopWithSavepoint(job, folder, false, SavepointFormatType.NATIVE);
  }

  @Override
  public CompletableFuture<?> cancel() {
    return cluster.cancelJob(job);
  }

  @Override
  public void close() {
    cluster
        .closeAsync()
        .completeOnTimeout(null, CLOSE_MILLIS, TimeUnit.MILLISECONDS)
        .exceptionally(e -> null)
        .join();
  }
}
