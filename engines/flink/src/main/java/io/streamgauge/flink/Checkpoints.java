package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;

/**
 * Finds what a former life has left. A checkpoint or savepoint is complete as soon as it has its
 * {@code _metadata}, which Flink moves there as a whole. Their numbers go on over restarts, so the
 * highest is the newest, whichever life wrote it.
 */
final class Checkpoints {
  private static final int DEPTH = 3; // JOB/chk-N/_metadata, savepoint-X/_metadata

  /** Where a job stands that has completed no checkpoint. */
  static final String BEGINNING = "";

  private static final String NOTE = "savepoint";

  private Checkpoints() {}

  /** Who knows of jobs that have ended: {@link JobCluster#reached}. */
  interface Witness {
    Optional<String> reached(JobID ended) throws Exception;
  }

  /** What was noted last: a place, and the job that has gone on from there, if one has. */
  private record Note(String place, Optional<JobID> job) {}

  /**
   * Where a life begins: where the job stands that a killed one had left running, or the newest
   * checkpoint, or, where those may not be on this machine, as far as the cluster knows that the
   * last job came, or what was noted last. Empty for the beginning of the topics.
   *
   * @param left where that job stands; empty where there was none
   * @throws IOException too where a former life has begun a job, and nobody knows how far it came
   */
  static Optional<String> begin(Plan plan, Optional<String> left, Witness cluster)
      throws Exception {
    if (left.isPresent()) {
      note(plan, left.get()); // should this process be killed now, nothing else tells of it
      return left;
    }
    Optional<String> newest = inFiles(plan);
    if (newest.isPresent()) {
      return newest;
    }
    Optional<Note> noted = noted(plan);
    if (noted.isEmpty()) {
      return Optional.empty();
    }
    String place = allIsHere(plan) ? noted.get().place() : reached(plan, noted.get(), cluster);
    return Optional.of(place).filter(p -> !p.equals(BEGINNING));
  }

  private static URI root(Plan plan) {
    return URI.create(Settings.checkpoints(plan));
  }

  private static boolean areFiles(Plan plan) {
    return "file".equals(root(plan).getScheme());
  }

  /** Whether what is not in files on this machine is nowhere: others' clusters have other disks. */
  private static boolean allIsHere(Plan plan) {
    return areFiles(plan) && (!plan.onCluster() || plan.onOwnCluster());
  }

  private static Optional<String> inFiles(Plan plan) throws IOException {
    return areFiles(plan)
        ? newest(Path.of(root(plan))).map(path -> path.toUri().toString())
        : Optional.empty();
  }

  private static String reached(Plan plan, Note noted, Witness cluster) throws Exception {
    Optional<String> known =
        noted.job().isPresent() ? cluster.reached(noted.job().get()) : Optional.empty();
    String place = known.filter(p -> !p.equals(BEGINNING)).orElse(noted.place());
    if (known.isEmpty() && place.equals(BEGINNING)) {
      throw new IOException(
          ("a job was begun and is gone, its cluster does not know how far it came, and in %s"
                  + " nothing of it is seen from here: write the place of its newest checkpoint,"
                  + " JOB/chk-N, into the file %s, remove that file if there is none, or begin a new"
                  + " trial")
              .formatted(root(plan), plan.stateDir().resolve(NOTE)));
    }
    return place;
  }

  private static Optional<Note> noted(Plan plan) throws IOException {
    Path file = plan.stateDir().resolve(NOTE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    // Who writes it by hand writes a place alone, and ends the line.
    List<String> lines = Files.readString(file).lines().map(String::strip).toList();
    return Optional.of(
        new Note(
            lines.stream().findFirst().orElse(BEGINNING),
            lines.stream()
                .skip(1)
                .filter(l -> !l.isEmpty())
                .findFirst()
                .map(JobID::fromHexString)));
  }

  /** Remembers, before it begins, that a job goes on from a place, empty for the beginning. */
  static void noteBegun(Plan plan, Optional<String> place, JobID job) throws IOException {
    note(plan, place.orElse(BEGINNING) + "\n" + job.toHexString() + "\n");
  }

  /** Remembers where a job stands that has ended: as a whole, or not at all. */
  static void note(Plan plan, String text) throws IOException {
    Files.createDirectories(plan.stateDir());
    Path half = plan.stateDir().resolve(NOTE + ".half");
    Files.writeString(half, text);
    Files.move(half, plan.stateDir().resolve(NOTE), StandardCopyOption.ATOMIC_MOVE);
  }

  /** The newest completed checkpoint or savepoint below a folder; empty where there is none. */
  static Optional<Path> newest(Path root) throws IOException {
    if (!Files.isDirectory(root)) {
      return Optional.empty();
    }
    Path newest = null;
    long highest = -1;
    for (Path file : metadata(root)) {
      long number = number(file);
      if (number > highest) {
        highest = number;
        newest = file.getParent();
      }
    }
    return Optional.ofNullable(newest);
  }

  /** Flink may still be removing what is subsumed: a walk that meets that begins anew. */
  private static List<Path> metadata(Path root) throws IOException {
    while (true) {
      try (Stream<Path> all = Files.walk(root, DEPTH)) {
        return all.filter(p -> p.endsWith("_metadata")).toList();
      } catch (UncheckedIOException e) {
        if (!(e.getCause() instanceof NoSuchFileException)) {
          throw e.getCause();
        }
      }
    }
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
