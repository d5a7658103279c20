package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.deployment.StandaloneClusterId;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.rest.messages.ClusterConfigurationInfoHeaders;
import org.apache.flink.runtime.rest.messages.EmptyMessageParameters;
import org.apache.flink.runtime.rest.messages.EmptyRequestBody;
import org.apache.flink.runtime.rest.messages.JobMessageParameters;
import org.apache.flink.runtime.rest.messages.checkpoints.CheckpointStatistics;
import org.apache.flink.runtime.rest.messages.checkpoints.CheckpointingStatistics;
import org.apache.flink.runtime.rest.messages.checkpoints.CheckpointingStatisticsHeaders;
import org.apache.flink.runtime.rest.messages.job.JobDetailsInfo;

/** A cluster of its own processes, by Flink's client for its REST interface. */
final class OverRest implements JobCluster {
  // What a job needs and no Flink brings along.
  private static final Pattern OURS =
      Pattern.compile(
          "(flink-[0-9]|joblib-|flink-connector-kafka-|kafka-clients-|jackson-|lz4-java-|snappy-java-|zstd-jni-|hash4j-).*");

  private static final long CLOSE_MILLIS = 2_000;
  private static final long LOOK_MILLIS = 200;
  private static final long ALIVE_MILLIS = 10_000;

  // A job whose client was killed is to end by itself: on a cluster of others nobody else would end
  // it.
  private static final long FORSAKEN_MILLIS = 120_000;

  private final Plan plan;
  private final RestClusterClient<StandaloneClusterId> client;
  private final ScheduledExecutorService alive =
      Executors.newSingleThreadScheduledExecutor(
          r -> {
            Thread t = new Thread(r, "alive");
            t.setDaemon(true);
            return t;
          });
  private JobID job;
  private CompletableFuture<JobResult> result;

  OverRest(Plan plan, Configuration configuration) throws Exception {
    this.plan = plan;
    client = new RestClusterClient<>(configuration, StandaloneClusterId.getInstance());
  }

  @Override
  public Optional<String> takeOver() throws Exception {
    Optional<String> place = Optional.empty();
    for (JobStatusMessage left : client.listJobs().get()) {
      if (left.getJobName().equals(plan.prefix())
          && !left.getJobState().isGloballyTerminalState()) {
        place = Optional.ofNullable(end(left.getJobId()));
      }
    }
    return place;
  }

  /** Stops a job; gives the place of its savepoint, or null where it could not take one. */
  private String end(JobID left) throws Exception {
    try {
      return client
          .stopWithSavepoint(left, false, Settings.checkpoints(plan), SavepointFormatType.NATIVE)
          .get(plan.readyMillis() / 2, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      client.cancel(left).get();
      client.requestJobResult(left).get();
      return null;
    }
  }

  @Override
  public Optional<String> reached(JobID ended) throws Exception {
    if (client.listJobs().get().stream().noneMatch(job -> job.getJobId().equals(ended))) {
      return Optional.empty();
    }
    awaitTheLastWord(ended);
    JobMessageParameters of = new JobMessageParameters();
    of.jobPathParameter.resolve(ended);
    return Optional.of(
        newest(
            client
                .sendRequest(
                    CheckpointingStatisticsHeaders.getInstance(),
                    of,
                    EmptyRequestBody.getInstance())
                .get()
                .getLatestCheckpoints()));
  }

  /**
   * The place with the highest number, which savepoints have too. A job manager that goes on in
   * place of one that died knows of what that one completed only where the job was restored.
   */
  static String newest(CheckpointingStatistics.LatestCheckpoints latest) {
    return Stream.of(latest.getCompletedCheckpointStatistics(), latest.getSavepointStatistics())
        .filter(Objects::nonNull)
        .max(Comparator.comparingLong(CheckpointStatistics::getId))
        .map(CheckpointStatistics.CompletedCheckpointStatistics::getExternalPath)
        .or(() -> restored(latest))
        .orElse(Checkpoints.BEGINNING);
  }

  private static Optional<String> restored(CheckpointingStatistics.LatestCheckpoints latest) {
    return Optional.ofNullable(latest.getRestoredCheckpointStatistics())
        .map(CheckpointingStatistics.RestoredCheckpointStatistics::getExternalPath);
  }

  /**
   * What Flink has answered of checkpoints it answers again for a while, whoever asks: what it said
   * while the job ran must be over.
   */
  private void awaitTheLastWord(JobID ended) throws Exception {
    long again = again().toMillis();
    JobDetailsInfo details = client.getJobDetails(ended).get();
    while (!details.getJobStatus().isGloballyTerminalState()
        || details.getNow() - details.getEndTime() <= again) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      details = client.getJobDetails(ended).get();
    }
  }

  private Duration again() throws Exception {
    Configuration ofCluster = new Configuration();
    client
        .sendRequest(
            ClusterConfigurationInfoHeaders.getInstance(),
            EmptyMessageParameters.getInstance(),
            EmptyRequestBody.getInstance())
        .get()
        .forEach(entry -> ofCluster.setString(entry.getKey(), entry.getValue()));
    return ofCluster.get(RestOptions.CACHE_CHECKPOINT_STATISTICS_TIMEOUT);
  }

  /** Sends the job with its jars. */
  @Override
  public void submit(JobGraph graph) throws Exception {
    job = graph.getJobID();
    graph.addJars(jars(System.getProperty("java.class.path")));
    if (!plan.onOwnCluster()) {
      graph.setInitialClientHeartbeatTimeout(FORSAKEN_MILLIS);
    }
    client.submitJob(graph).get();
    result = client.requestJobResult(job);
    if (!plan.onOwnCluster()) {
      alive.scheduleWithFixedDelay(
          () -> client.reportHeartbeat(job, System.currentTimeMillis() + FORSAKEN_MILLIS),
          ALIVE_MILLIS,
          ALIVE_MILLIS,
          TimeUnit.MILLISECONDS);
    }
  }

  /** The jars of a class path that a job brings to its cluster. */
  static List<URL> jars(String classPath) throws MalformedURLException {
    List<URL> jars = new ArrayList<>();
    for (String entry : classPath.split(java.io.File.pathSeparator)) {
      Path file = Path.of(entry);
      if (file.getFileName() != null && OURS.matcher(file.getFileName().toString()).matches()) {
        jars.add(file.toAbsolutePath().toUri().toURL());
      }
    }
    return jars;
  }

  @Override
  public boolean running() throws Exception {
    return running(client.getJobDetails(job).get().getJobVertexInfos());
  }

  /** Of all tasks of a job. As long as it is being initialized, Flink shows none. */
  static boolean running(Collection<JobDetailsInfo.JobVertexDetailsInfo> vertices) {
    return !vertices.isEmpty() && vertices.stream().allMatch(OverRest::runs);
  }

  private static boolean runs(JobDetailsInfo.JobVertexDetailsInfo vertex) {
    int running = vertex.getTasksPerState().getOrDefault(ExecutionState.RUNNING, 0);
    return running >= vertex.getParallelism();
  }

  @Override
  public CompletableFuture<JobResult> result() {
    return result;
  }

  @Override
  public CompletableFuture<String> stop(String folder) {
    return client.stopWithSavepoint(job, false, folder, SavepointFormatType.NATIVE);
  }

  @Override
  public CompletableFuture<?> cancel() {
    return client.cancel(job);
  }

  @Override
  public void close() {
    alive.shutdownNow();
    if (result != null && !result.isDone()) {
      cancel()
          .thenCompose(cancelled -> result)
          .handle((r, e) -> null)
          .completeOnTimeout(null, CLOSE_MILLIS, TimeUnit.MILLISECONDS)
          .join();
    }
    // The client is not closed: that waits for its threads, and the process ends now.
  }
}
