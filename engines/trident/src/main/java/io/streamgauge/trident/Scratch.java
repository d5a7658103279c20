package io.streamgauge.trident;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Where the temporary files of the process go. LocalCluster leaves its folders behind when it is killed. */
final class Scratch {
  private Scratch() {}

  /** Empties a folder and makes it the one for temporary files, before anything has asked for it. */
  static void use(Path folder) throws IOException {
    if (Files.exists(folder)) {
      List<Path> old;
      try (Stream<Path> all = Files.walk(folder)) {
        old = all.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path p : old) {
        Files.delete(p);
      }
    }
    Files.createDirectories(folder);
    System.setProperty("java.io.tmpdir", folder.toString());
  }
}
