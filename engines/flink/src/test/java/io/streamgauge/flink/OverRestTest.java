package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.rest.messages.checkpoints.CheckpointingStatistics;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of Flink's own, with one slot, asked over its REST interface. */
@Timeout(value = 10, unit = TimeUnit.MINUTES) // for a job that never gets going
class OverRestTest {
  private static final String PLAN =
      """
      {"contract": 1, "prefix": "sg.o", "guarantee": "exactly-once", "partitions": 1, "state_dir": "%s",
       "deadlines": {"ready_ms": 120000},
       "deploy": {"kind": "remote", "addresses": {"rest": "%s"}},
       "topics": {"input": "in", "stages": [], "output": "out", "deadletter": "dead", "registry": ""},
       "job": {"name": "l", "stages": [{"name": "only", "do": [{"scan": {}}]}]}}
      """;

  // Longer than it takes to cancel a job: an answer of before the end would be given after it.
  private static final String AGAIN = "2 s";

  private static MiniCluster flink;
  private static URI rest;

  @TempDir Path state;

  @BeforeAll
  static void start() throws Exception {
    Map<String, String> settings =
        Map.of("rest.bind-port", "0", "rest.cache.checkpoint-statistics.timeout", AGAIN);
    flink =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(Configuration.fromMap(settings))
                .setNumSlotsPerTaskManager(1)
                .build());
    flink.start();
    rest = flink.getRestAddress().get();
  }

  @AfterAll
  static void stop() throws Exception {
    flink.close();
  }

  private Plan plan() {
    return Plan.parse(PLAN.formatted(state, rest));
  }

  private OverRest cluster() throws Exception {
    return new OverRest(plan(), Settings.configuration(plan()));
  }

  /** Starts a job without an end. */
  private JobID begin(int parallelism) throws Exception {
    Map<String, String> settings =
        Map.of(
            "pipeline.name", plan().prefix(),
            "parallelism.default", Integer.toString(parallelism),
            "execution.checkpointing.interval", "10 ms",
            "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION",
            "execution.checkpointing.dir", Settings.checkpoints(plan()));
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(Configuration.fromMap(settings));
    NumberSequenceSource numbers = new NumberSequenceSource(0, Long.MAX_VALUE);
    env.fromSource(numbers, WatermarkStrategy.noWatermarks(), "numbers")
        .sinkTo(new DiscardingSink<>());
    JobGraph graph = env.getStreamGraph().getJobGraph();
    flink.submitJob(graph).get();
    return graph.getJobID();
  }

  private Optional<Path> newest() throws Exception {
    return Checkpoints.newest(Path.of(URI.create(Settings.checkpoints(plan()))));
  }

  private Path awaitOneOtherThan(Optional<Path> old) throws Exception {
    Optional<Path> found = newest();
    while (found.isEmpty() || found.equals(old)) {
      TimeUnit.MILLISECONDS.sleep(10);
      found = newest();
    }
    return found.get();
  }

  private void end(JobID job) throws Exception {
    flink.cancelJob(job).get();
    flink.requestJobResult(job).get();
  }

  private static void lookAtCheckpoints(JobID job) throws Exception {
    URI page = rest.resolve("/jobs/" + job + "/checkpoints");
    HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.discarding());
  }

  private static Optional<Path> folder(Optional<String> place) {
    return place.map(uri -> Path.of(URI.create(uri)));
  }

  /** Flink repeats what it has told somebody who looked on while the job ran. */
  @Test
  void ofAJobThatWasCancelledTheNewestCheckpointIsKnown() throws Exception {
    JobID job = begin(1);
    Path seen = awaitOneOtherThan(Optional.empty());
    lookAtCheckpoints(job);
    awaitOneOtherThan(Optional.of(seen));
    end(job);
    try (OverRest cluster = cluster()) {
      assertEquals(Optional.empty(), cluster.takeOver());
      assertEquals(newest(), folder(cluster.reached(job)));
    }
  }

  @Test
  void ofAJobThatWasStoppedTheSavepointIsKnown() throws Exception {
    JobID job = begin(1);
    awaitOneOtherThan(Optional.empty());
    String savepoint =
        flink
            .stopWithSavepoint(
                job, state.resolve("aside").toString(), false, SavepointFormatType.NATIVE)
            .get();
    flink.requestJobResult(job).get();
    try (OverRest cluster = cluster()) {
      assertEquals(folder(Optional.of(savepoint)), folder(cluster.reached(job)));
    }
  }

  /** It waits for slots that there are not, as others do that are being initialized. */
  @Test
  void ofAJobThatWasTakenOverBeforeItRanItIsKnownThatItHasNothing() throws Exception {
    JobID job = begin(2);
    try (OverRest cluster = cluster()) {
      assertEquals(Optional.empty(), cluster.takeOver());
      assertEquals(Optional.of(Checkpoints.BEGINNING), cluster.reached(job));
    }
  }

  /** As by the second of two job managers, where the first has died. */
  @Test
  void ofAJobThatWasOnlyRestoredItIsKnownWhere() {
    var restored =
        new CheckpointingStatistics.RestoredCheckpointStatistics(9, 0, false, "s3://b/c/j/chk-9");
    assertEquals(
        "s3://b/c/j/chk-9",
        OverRest.newest(new CheckpointingStatistics.LatestCheckpoints(null, null, null, restored)));
    assertEquals(
        Checkpoints.BEGINNING,
        OverRest.newest(new CheckpointingStatistics.LatestCheckpoints(null, null, null, null)));
  }

  @Test
  void ofAJobThatNeverCameNothingIsKnown() throws Exception {
    try (OverRest cluster = cluster()) {
      assertEquals(Optional.empty(), cluster.reached(new JobID()));
    }
  }
}
