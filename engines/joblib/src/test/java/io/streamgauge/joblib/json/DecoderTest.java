package io.streamgauge.joblib.json;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamgauge.joblib.contract.Job;
import io.streamgauge.joblib.operator.Reason;
import io.streamgauge.joblib.shared.Vectors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DecoderTest {
  private static final String VECTORS = "harness/encoding/json/testdata/vectors.json";
  private static final Job.Reading SMALL =
      new Job.Reading(
          List.of("d"), List.of("t"), Map.of("m", new Job.Metric(List.of("m"), new long[0])));

  @Test
  void decodesTheVectorsOfAllLanguages() throws IOException {
    JsonNode file = Vectors.read(VECTORS);
    List<Job.Reading> readings = new ArrayList<>();
    file.get("readings").forEach(r -> readings.add(reading(r)));
    List<String> wrong = new ArrayList<>();
    for (JsonNode v : file.get("messages")) {
      String got =
          decode(
              readings.get(v.get("reading").asInt()),
              Vectors.bytes(v.get("key")),
              Vectors.bytes(v.get("value")));
      String want = v.has("reason") ? v.get("reason").asText() : v.path("values").toString();
      if (!got.equals(want)) {
        wrong.add(v + " gave " + got);
      }
    }
    assertTrue(file.get("messages").size() > 1000, "few messages");
    assertEquals(List.of(), wrong);
  }

  @Test
  void readsTheNumbersOfAllLanguages() throws IOException {
    List<String> wrong = new ArrayList<>();
    JsonNode numbers = Vectors.read(VECTORS).get("numbers");
    for (JsonNode n : numbers) {
      String got = decodeMetric(n.get("token").asText());
      String want = n.get("micros").isNull() ? "range" : "[" + n.get("micros") + "]";
      if (!got.equals(want)) {
        wrong.add(n + " gave " + got);
      }
    }
    assertTrue(numbers.size() > 1000, "few numbers");
    assertEquals(List.of(), wrong);
  }

  @Test
  void roundsTheProductOfDoublesHalfToEven() {
    assertEquals("[0]", decodeMetric("0.0000005"));
    assertEquals("[2]", decodeMetric("0.0000015"));
    assertEquals("[2]", decodeMetric("0.0000025"));
    assertEquals("[-2]", decodeMetric("-0.0000015"));
    assertEquals("[0]", decodeMetric("-0"));
    assertEquals("[0]", decodeMetric("5e-324"));
    assertEquals("range", decodeMetric("1e400"));
    assertEquals("[10000000000000]", decodeMetric("10000000.0000004"));
    assertEquals("range", decodeMetric("10000000.000001"));
  }

  @Test
  void numbersOfMoreThan64BytesAreBad() {
    assertEquals("[111111]", decodeMetric("0." + "1".repeat(62)));
    assertEquals("bad_number", decodeMetric("0." + "1".repeat(63)));
    assertEquals("bad_number", decodeMetric("1" + "0".repeat(64)));
    assertEquals(
        "bad_number",
        decode(SMALL, bytes("k"), bytes("{\"d\":\"k\",\"t\":" + "1".repeat(65) + "}")));
  }

  @Test
  void nestingEndsAt64() {
    assertEquals("missing_field", decode(SMALL, null, bytes("[".repeat(64) + "]".repeat(64))));
    assertEquals("bad_json", decode(SMALL, null, bytes("[".repeat(65) + "]".repeat(65))));
    assertEquals("truncated", decode(SMALL, null, bytes("[".repeat(64))));
    assertEquals("bad_json", decode(SMALL, null, bytes("[".repeat(65))));
    assertEquals(
        "bad_json", decode(SMALL, null, bytes("[".repeat(1_000_000)))); // and the stack stays small
  }

  @Test
  void recordsWithoutKeyOrValueCountAsEmpty() {
    assertEquals("truncated", decode(SMALL, bytes("k"), null));
    assertEquals("wrong_device", decode(SMALL, null, bytes("{\"d\":\"k\",\"t\":1}")));
    assertEquals("[null]", decode(SMALL, null, bytes("{\"d\":\"\",\"t\":1}")));
  }

  @Test
  void forgetsTheMessageBefore() {
    Decoder d = new Decoder(SMALL);
    long[] values = {7};
    boolean[] present = {true};
    assertNull(d.decode(bytes("k"), bytes("{\"d\":\"k\",\"t\":1}"), values, present));
    assertArrayEquals(new long[] {0}, values);
    assertArrayEquals(new boolean[] {false}, present);
  }

  @Test
  void putsMetricsIntoGivenSlots() {
    Map<String, Job.Metric> two = new TreeMap<>();
    two.put("n", new Job.Metric(List.of("n"), new long[0]));
    two.put("m", new Job.Metric(List.of("m"), new long[0]));
    Decoder d = new Decoder(new Job.Reading(List.of("d"), List.of("t"), two), new int[] {3, 1});
    long[] values = {9, 9, 9, 9};
    boolean[] present = new boolean[4];
    assertNull(
        d.decode(bytes("k"), bytes("{\"d\":\"k\",\"t\":1,\"m\":1,\"n\":2}"), values, present));
    assertArrayEquals(new long[] {9, 2_000_000, 9, 1_000_000}, values);
    assertArrayEquals(new boolean[] {false, true, false, true}, present);
  }

  @Test
  void oneDecoderServesManyThreads() {
    Decoder d = new Decoder(SMALL);
    boolean same =
        IntStream.range(0, 20_000)
            .parallel()
            .allMatch(
                i -> {
                  long[] values = new long[1];
                  boolean[] present = new boolean[1];
                  byte[] key = bytes("k" + i % 100);
                  byte[] message =
                      bytes("{\"d\":\"\\u006b" + i % 100 + "\",\"t\":1,\"m\":" + i + "}");
                  return d.decode(key, message, values, present) == null
                      && values[0] == i * 1_000_000L;
                });
    assertTrue(same);
  }

  private static String decodeMetric(String token) {
    return decode(SMALL, bytes("k"), bytes("{\"d\":\"k\",\"t\":1,\"m\":" + token + "}"));
  }

  /** The reason, or the values as the vectors write them. */
  private static String decode(Job.Reading r, byte[] key, byte[] value) {
    int n = r.metrics().size();
    long[] values = new long[n];
    boolean[] present = new boolean[n];
    Reason reason = new Decoder(r).decode(key, value, values, present);
    if (reason != null) {
      return new String(reason.code(), StandardCharsets.US_ASCII);
    }
    List<String> shown =
        IntStream.range(0, n)
            .mapToObj(i -> present[i] ? Long.toString(values[i]) : "null")
            .toList();
    return shown.isEmpty() ? "" : "[" + String.join(",", shown) + "]";
  }

  private static Job.Reading reading(JsonNode n) {
    Map<String, Job.Metric> metrics = new TreeMap<>();
    n.path("metrics")
        .fields()
        .forEachRemaining(
            f ->
                metrics.put(
                    f.getKey(), new Job.Metric(path(f.getValue().get("path")), new long[0])));
    return new Job.Reading(path(n.get("device")), path(n.get("time").get("path")), metrics);
  }

  private static List<String> path(JsonNode dotted) {
    return Arrays.asList(dotted.asText().split("\\.", -1));
  }

  private static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }
}
