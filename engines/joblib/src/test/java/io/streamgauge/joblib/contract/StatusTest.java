package io.streamgauge.joblib.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StatusTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Status status = new Status(new PrintStream(out, false, StandardCharsets.UTF_8));

  /** The lines said so far, each within the limit. */
  private List<JsonNode> lines() throws IOException {
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    for (String l : lines) {
      assertTrue(
          l.getBytes(StandardCharsets.UTF_8).length <= Status.MAX_LINE, "a line of " + l.length());
    }
    ObjectMapper json = new ObjectMapper();
    return lines.stream().map(l -> json.convertValue(parse(json, l), JsonNode.class)).toList();
  }

  private static JsonNode parse(ObjectMapper json, String line) {
    try {
      return json.readTree(line);
    } catch (IOException e) {
      throw new AssertionError(line, e);
    }
  }

  @Test
  void saysBatches() throws IOException {
    status.batch(7, 1, 42, Instant.ofEpochMilli(0), Instant.ofEpochMilli(1500));
    assertEquals(
        "{\"type\":\"batch\",\"id\":7,\"stage\":1,\"records\":42,\"start\":\"1970-01-01T00:00:00Z\","
            + "\"end\":\"1970-01-01T00:00:01.500Z\"}",
        lines().get(0).toString());
  }

  @Test
  void keepsWhatIsNoNumberToItself() throws IOException {
    status.metric("a", Double.NaN, "");
    status.metric("b", Double.POSITIVE_INFINITY, "");
    status.metric("c", 1, "");
    assertEquals(1, lines().size());
  }

  @Test
  void faultsFitALine() throws IOException {
    status.fault(new IllegalStateException("\u0001".repeat(100_000)), true);
    assertTrue(lines().get(0).get("text").asText().startsWith("IllegalStateException: \u0001"));
  }

  @Test
  void namesEachCauseOnce() {
    Throwable inner = new IOException("disk");
    assertEquals(
        "RuntimeException: java.io.IOException: disk",
        Status.describe(new RuntimeException(inner)));
    assertEquals(
        "RuntimeException: outer; IOException: disk",
        Status.describe(new RuntimeException("outer", inner)));
    Throwable a = new RuntimeException("x");
    Throwable b = new RuntimeException("x", a);
    a.initCause(b); // a ring comes to an end
    assertEquals("RuntimeException: x", Status.describe(a));
  }

  @Test
  void settingsAreNumbersTruthValuesAndText() throws IOException {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("heap", 1L << 30);
    settings.put("on", true);
    settings.put("path", Path.of("/x"));
    settings.put("nothing", null);
    settings.put("long", "y".repeat(5000));
    settings.put("nan", Double.NaN);
    status.hello(new Hello("e", "1", List.of(), Map.of()), settings);
    JsonNode said = lines().get(0).get("settings");
    assertEquals(1L << 30, said.get("heap").asLong());
    assertTrue(said.get("on").isBoolean());
    assertEquals(
        "/x null NaN",
        said.get("path").asText()
            + " "
            + said.get("nothing").asText()
            + " "
            + said.get("nan").asText());
    assertEquals(1001, said.get("long").asText().length());
  }

  @Test
  void whatMayBeSecretIsNotSaid() throws IOException {
    Map<String, Object> settings = new LinkedHashMap<>();
    for (String name :
        List.of(
            "bootstrap.servers",
            "producer.sasl.jaas.config",
            "source.kafka.ssl.keystore.key",
            "consumer.security.protocol",
            "schema.registry.basic.auth.user.info",
            "own.Password")) {
      settings.put(name, "x");
    }
    settings.put("producer.acks", "all");
    status.hello(new Hello("e", "1", List.of(), Map.of()), settings);
    assertEquals("{\"producer.acks\":\"all\"}", lines().get(0).get("settings").toString());
  }

  @Test
  void aHelloFitsALineWhateverTheSettings() throws IOException {
    Map<String, Object> settings = new LinkedHashMap<>();
    IntStream.range(0, 1000).forEach(i -> settings.put("setting" + i, "y".repeat(500)));
    status.hello(new Hello("e", "1", List.of(), Map.of()), settings);
    assertEquals("hello", lines().get(0).get("type").asText());
    assertEquals(1, lines().get(0).get("settings").size());
  }

  @Test
  void linesOfManyThreadsStayWhole() throws IOException {
    IntStream.range(0, 2000).parallel().forEach(i -> status.metric("m" + i, i, "x".repeat(i % 50)));
    assertEquals(2000, lines().size());
  }
}
