package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;

/**
 * Finds what a former life has left. A checkpoint or savepoint is complete as soon as it has its
 * {@code _metadata}, which Flink moves there as a whole. Their numbers go on over restarts, so the
 * highest is the newest, whichever life wrote it.
 */
final class Checkpoints {
  private static final int DEPTH = 3; // JOB/chk-N/_metadata, savepoint-X/_metadata

  private static final String NOTE = "savepoint";

  private Checkpoints() {}

  /**
   * Where a former life's state stands: its newest checkpoint, or, where those are not on this
   * machine, the savepoint it was stopped with.
   */
  static Optional<String> last(Plan plan) throws IOException {
    URI root = URI.create(Settings.checkpoints(plan));
    if ("file".equals(root.getScheme())) {
      Optional<Path> newest = newest(Path.of(root));
      if (newest.isPresent()) {
        return newest.map(path -> path.toUri().toString());
      }
    }
    Path note = plan.stateDir().resolve(NOTE);
    return Files.exists(note) ? Optional.of(Files.readString(note)) : Optional.empty();
  }

  /** Remembers the savepoint that a job was stopped with. */
  static void note(Plan plan, String savepoint) throws IOException {
    Files.writeString(plan.stateDir().resolve(NOTE), savepoint);
  }

  /** The newest completed checkpoint or savepoint below a folder; empty where there is none. */
  static Optional<Path> newest(Path root) throws IOException {
    if (!Files.isDirectory(root)) {
      return Optional.empty();
    }
    List<Path> files;
    try (Stream<Path> all = Files.walk(root, DEPTH)) {
      files = all.filter(p -> p.endsWith("_metadata")).toList();
    }
    Path newest = null;
    long highest = -1;
    for (Path file : files) {
      long number = number(file);
      if (number > highest) {
        highest = number;
        newest = file.getParent();
      }
    }
    return Optional.ofNullable(newest);
  }

  /** The number of a checkpoint, which a savepoint has too, though only inside. */
  private static long number(Path metadata) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(metadata)))) {
      CheckpointMetadata m =
          org.apache.flink.runtime.checkpoint.Checkpoints.loadCheckpointMetadata(
              in, Checkpoints.class.getClassLoader(), metadata.getParent().toUri().toString());
      return m.getCheckpointId();
    } catch (NoSuchFileException subsumed) {
      return -1;
    } catch (IOException e) {
      throw new IOException("reading the checkpoint " + metadata + ": " + e.getMessage(), e);
    }
  }
}
