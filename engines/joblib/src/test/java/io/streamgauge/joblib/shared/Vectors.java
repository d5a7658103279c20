package io.streamgauge.joblib.shared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Files of the Go side that both languages are held to. They lie elsewhere in the repository; in a
 * copy of the sources without them the tests are skipped, and say so.
 */
public final class Vectors {
  private Vectors() {}

  /** Reads a file, named from the top of the repository. */
  public static JsonNode read(String name) throws IOException {
    Path file =
        Path.of(System.getProperty("basedir", ".")).resolve("../..").resolve(name).normalize();
    if (!Files.exists(file)) {
      System.err.println(
          "SKIPPED: tests of "
              + name
              + ", which is not beside these sources: "
              + file.toAbsolutePath());
      Assumptions.abort("no file " + file);
    }
    return new ObjectMapper().readTree(Files.readAllBytes(file));
  }

  /** The bytes that characters of Latin-1 stand for. */
  public static byte[] bytes(JsonNode latin1) {
    return latin1.asText().getBytes(StandardCharsets.ISO_8859_1);
  }
}
