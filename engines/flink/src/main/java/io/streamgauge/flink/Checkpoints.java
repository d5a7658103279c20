package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
  private static final String BEGINNING = "";

  private Checkpoints() {}

  /**
   * Where a life begins: where the job stands that a killed one had left running, or the newest
   * checkpoint, or, where those are not on this machine, what was noted last. Empty for the
   * beginning of the topics.
   *
   * @param left where that job stands; empty where there was none
   * @throws IOException too where a former life has begun a job, and nobody knows how far it came
   */
  static Optional<String> begin(Plan plan, Optional<String> left) throws IOException {
    if (left.isPresent()) {
      note(plan, left.get()); // should this process be killed now, nothing else tells of it
      return left;
    }
    URI root = URI.create(Settings.checkpoints(plan));
    if (!"file".equals(root.getScheme())) {
      return elsewhere(plan, root);
    }
    Optional<Path> newest = newest(Path.of(root));
    return newest.isPresent()
        ? newest.map(path -> path.toUri().toString())
        : noted(plan).filter(place -> !place.equals(BEGINNING));
  }

  private static Optional<String> elsewhere(Plan plan, URI root) throws IOException {
    Optional<String> noted = noted(plan);
    if (noted.filter(BEGINNING::equals).isPresent()) {
      throw new IOException(
          ("a job was begun and is gone, and how far it came stands in %s, which is not read from"
                  + " here: write the place of its newest checkpoint, JOB/chk-N, into the file %s, or"
                  + " begin a new trial")
              .formatted(root, plan.stateDir().resolve(NOTE)));
    }
    return noted;
  }

  private static Optional<String> noted(Plan plan) throws IOException {
    Path note = plan.stateDir().resolve(NOTE);
    if (!Files.exists(note)) {
      return Optional.empty();
    }
    return Optional.of(Files.readString(note).strip()); // who writes it by hand ends the line
  }

  /** Remembers, before a job begins at the beginning of its topics, that it did. */
  static void noteBeginning(Plan plan) throws IOException {
    note(plan, BEGINNING);
  }

  /** Remembers where a job stands that has ended: as a whole, or not at all. */
  static void note(Plan plan, String savepoint) throws IOException {
    Files.createDirectories(plan.stateDir());
    Path half = plan.stateDir().resolve(NOTE + ".half");
    Files.writeString(half, savepoint);
    Files.move(half, plan.stateDir().resolve(NOTE), StandardCopyOption.ATOMIC_MOVE);
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
