package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {
  private static final String PLAN =
      """
      {"contract": 1, "prefix": "sg.c", "guarantee": "exactly-once", "partitions": 1, "state_dir": "%s",
       "topics": {"input": "in", "stages": [], "output": "out", "deadletter": "dead", "registry": ""},
       "job": {"name": "l", "stages": [{"name": "only", "do": [{"scan": {}}]}]},
       "options": {"flink": {"execution.checkpointing.dir": "%s"}}}
      """;

  private static final JobID JOB = new JobID(1, 2);
  private static final Checkpoints.Witness NOBODY = job -> Optional.empty();

  @TempDir Path root;

  private static Checkpoints.Witness only(JobID known, String place) {
    return job -> job.equals(known) ? Optional.of(place) : Optional.empty();
  }

  private Path complete(String folder, long number) throws IOException {
    Path at = Files.createDirectories(root.resolve(folder));
    try (DataOutputStream out =
        new DataOutputStream(Files.newOutputStream(at.resolve("_metadata")))) {
      org.apache.flink.runtime.checkpoint.Checkpoints.storeCheckpointMetadata(
          new CheckpointMetadata(number, List.of(), List.of()), out);
    }
    return at;
  }

  @Test
  void thereIsNoneAtFirst() throws IOException {
    assertEquals(Optional.empty(), Checkpoints.newest(root.resolve("nothing")));
    assertEquals(Optional.empty(), Checkpoints.newest(root));
  }

  @Test
  void theHighestNumberOfAllLivesWins() throws IOException {
    complete("first/chk-9", 9);
    Path newest = complete("second/chk-10", 10);
    complete("third/chk-2", 2);
    assertEquals(Optional.of(newest), Checkpoints.newest(root));
  }

  @Test
  void aSavepointCountsByTheNumberInside() throws IOException {
    complete("first/chk-9", 9);
    Path savepoint = complete("savepoint-00ff-1a2b", 10);
    assertEquals(Optional.of(savepoint), Checkpoints.newest(root));
  }

  @Test
  void oneThatWasCutShortDoesNotCount() throws IOException {
    Path complete = complete("first/chk-9", 9);
    Files.createDirectories(root.resolve("first/chk-10"));
    Files.writeString(root.resolve("first/chk-10/._metadata.inprogress.0"), "half");
    assertEquals(Optional.of(complete), Checkpoints.newest(root));
  }

  private Plan plan(String checkpoints) {
    return Plan.parse(PLAN.formatted(root.resolve("state"), checkpoints));
  }

  private Plan planOfOthers(String checkpoints) {
    String rest = "\"deploy\": {\"kind\": \"remote\", \"addresses\": {}}, \"topics\"";
    return Plan.parse(plan(checkpoints).json().replace("\"topics\"", rest));
  }

  private static Optional<String> begin(Plan plan, Checkpoints.Witness cluster) throws Exception {
    return Checkpoints.begin(plan, Optional.empty(), cluster);
  }

  /** The process may be killed before its job goes on from there, and the other one is gone. */
  @Test
  void aJobTakenOverIsNotForgotten() throws Exception {
    Plan plan = plan("s3://b/c");
    Optional<String> stood = Optional.of("s3://b/c/sg.c/savepoint-1");
    assertEquals(stood, Checkpoints.begin(plan, stood, NOBODY));
    assertEquals(stood, begin(plan, NOBODY));
  }

  /** To begin anew would double what is committed, and nobody would say so. */
  @Test
  void aJobThatIsGoneIsNotBegunAnewWhereItsCheckpointsCannotBeRead() throws Exception {
    Plan plan = plan("s3://b/c");
    assertEquals(Optional.empty(), begin(plan, NOBODY));
    Checkpoints.noteBegun(plan, Optional.empty(), JOB);
    IOException e = assertThrows(IOException.class, () -> begin(plan, NOBODY));
    assertTrue(e.getMessage().contains("s3://b/c/sg.c"), e.getMessage());
    Checkpoints.note(plan, "s3://b/c/sg.c/savepoint-2");
    assertEquals(Optional.of("s3://b/c/sg.c/savepoint-2"), begin(plan, NOBODY));
  }

  /** A path says nothing of whose disk it is on. */
  @Test
  void filesOfAClusterOfOthersMayBeOnItsMachinesAlone() throws Exception {
    Plan plan = planOfOthers("file:///not/here");
    Checkpoints.noteBegun(plan, Optional.empty(), JOB);
    assertThrows(IOException.class, () -> begin(plan, NOBODY));
    Optional<String> reached = Optional.of("file:/not/here/sg.c/job/chk-7");
    assertEquals(reached, begin(plan, job -> reached));
  }

  @Test
  void aJobThatHadCompletedNothingIsBegunAnewWhereItsClusterSaysSo() throws Exception {
    for (Plan plan : List.of(plan("s3://b/c"), planOfOthers("file:///not/here"))) {
      Checkpoints.noteBegun(plan, Optional.empty(), JOB);
      assertEquals(Optional.empty(), begin(plan, only(JOB, Checkpoints.BEGINNING)));
    }
  }

  /** Flink removes the place that a job began from as soon as it has another. */
  @Test
  void aJobThatWentOnIsNotLookedForWhereItBegan() throws Exception {
    Plan plan = plan("s3://b/c");
    Optional<String> began = Optional.of("s3://b/c/sg.c/savepoint-1");
    Optional<String> reached = Optional.of("s3://b/c/sg.c/job/chk-9");
    Checkpoints.noteBegun(plan, began, JOB);
    assertEquals(reached, begin(plan, only(JOB, reached.get())));
    assertEquals(began, begin(plan, only(JOB, Checkpoints.BEGINNING)));
    assertEquals(began, begin(plan, NOBODY));
  }

  @Test
  void aNoteByHandIsALineOfText() throws Exception {
    Plan plan = plan("s3://b/c");
    Checkpoints.noteBegun(plan, Optional.empty(), JOB);
    Path note = root.resolve("state/savepoint");
    Files.writeString(note, "s3://b/c/sg.c/j/chk-7\n");
    assertEquals(Optional.of("s3://b/c/sg.c/j/chk-7"), begin(plan, NOBODY));
    Files.writeString(note, "\n");
    assertThrows(IOException.class, () -> begin(plan, NOBODY));
  }

  @Test
  void aJobKilledBeforeItsFirstCheckpointIsBegunAnewWhereThatCanBeSeen() throws Exception {
    Plan plan = plan(root.resolve("checkpoints").toUri().toString());
    Checkpoints.noteBegun(plan, Optional.empty(), JOB);
    assertEquals(Optional.empty(), begin(plan, NOBODY));
    Path newest = complete("checkpoints/sg.c/job/chk-1", 1);
    assertEquals(Optional.of(newest.toUri().toString()), begin(plan, NOBODY));
  }

  /** A note is another file each time: killed in between, a process leaves the old one whole. */
  @Test
  void aNoteIsReplacedAsAWhole() throws IOException {
    Plan plan = plan("s3://b/c");
    Checkpoints.note(plan, "first");
    Path old = Files.createLink(root.resolve("old"), root.resolve("state/savepoint"));
    Checkpoints.note(plan, "second");
    assertEquals("first", Files.readString(old));
    assertEquals("second", Files.readString(root.resolve("state/savepoint")));
  }

  @Test
  void damageIsNotPassedOver() throws IOException {
    Files.writeString(
        Files.createDirectories(root.resolve("first/chk-1")).resolve("_metadata"), "nonsense");
    assertThrows(IOException.class, () -> Checkpoints.newest(root));
  }
}
