package io.streamgauge.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a former life of Spark has left in its folder for shuffles and open state stores: none of it
 * is state.
 */
public final class Scratch {
  private Scratch() {}

  /** Empties the folder, or makes it. */
  public static void clear(Path dir) throws IOException {
    if (Files.exists(dir)) {
      List<Path> found;
      try (Stream<Path> walk = Files.walk(dir)) {
        found = walk.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path p : found) {
        Files.delete(p);
      }
    }
    Files.createDirectories(dir);
  }
}
