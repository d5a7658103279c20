package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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

  @Test
  void damageIsNotPassedOver() throws IOException {
    Files.writeString(
        Files.createDirectories(root.resolve("first/chk-1")).resolve("_metadata"), "nonsense");
    assertThrows(IOException.class, () -> Checkpoints.newest(root));
  }
}
