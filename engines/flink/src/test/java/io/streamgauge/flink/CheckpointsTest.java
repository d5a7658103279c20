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

  @TempDir Path root;

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

  /** The process may be killed before its job goes on from there, and the other one is gone. */
  @Test
  void aJobTakenOverIsNotForgotten() throws IOException {
    Plan plan = plan("s3://b/c");
    Optional<String> stood = Optional.of("s3://b/c/sg.c/savepoint-1");
    assertEquals(stood, Checkpoints.begin(plan, stood));
    assertEquals(stood, Checkpoints.begin(plan, Optional.empty()));
  }

  /** To begin anew would double what is committed, and nobody would say so. */
  @Test
  void aJobThatIsGoneIsNotBegunAnewWhereItsCheckpointsCannotBeRead() throws IOException {
    Plan plan = plan("s3://b/c");
    assertEquals(Optional.empty(), Checkpoints.begin(plan, Optional.empty()));
    Checkpoints.noteBeginning(plan);
    IOException e =
        assertThrows(IOException.class, () -> Checkpoints.begin(plan, Optional.empty()));
    assertTrue(e.getMessage().contains("s3://b/c/sg.c"), e.getMessage());
    Checkpoints.note(plan, "s3://b/c/sg.c/savepoint-2");
    assertEquals(
        Optional.of("s3://b/c/sg.c/savepoint-2"), Checkpoints.begin(plan, Optional.empty()));
  }

  @Test
  void aNoteByHandIsALineOfText() throws IOException {
    Plan plan = plan("s3://b/c");
    Checkpoints.noteBeginning(plan);
    Path note = root.resolve("state/savepoint");
    Files.writeString(note, "s3://b/c/sg.c/j/chk-7\n");
    assertEquals(Optional.of("s3://b/c/sg.c/j/chk-7"), Checkpoints.begin(plan, Optional.empty()));
    Files.writeString(note, "\n");
    assertThrows(IOException.class, () -> Checkpoints.begin(plan, Optional.empty()));
  }

  @Test
  void aJobKilledBeforeItsFirstCheckpointIsBegunAnewWhereThatCanBeSeen() throws IOException {
    Plan plan = plan(root.resolve("checkpoints").toUri().toString());
    Checkpoints.noteBeginning(plan);
    assertEquals(Optional.empty(), Checkpoints.begin(plan, Optional.empty()));
    Path newest = complete("checkpoints/sg.c/job/chk-1", 1);
    assertEquals(Optional.of(newest.toUri().toString()), Checkpoints.begin(plan, Optional.empty()));
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
