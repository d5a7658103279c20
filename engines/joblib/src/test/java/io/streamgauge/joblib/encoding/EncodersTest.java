package io.streamgauge.joblib.encoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamgauge.joblib.contract.Job;
import io.streamgauge.joblib.shared.Vectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EncodersTest {
  /** Each form to the byte what the encoders of the Go side write. */
  @Test
  void agreesWithTheVectorsOfAllLanguages() throws IOException {
    List<String> wrong = new ArrayList<>();
    Set<String> seen = new TreeSet<>(Set.of(Encoders.CANONICAL));
    for (JsonNode f : Vectors.read("harness/encoding/testdata/forms.json")) {
      String form = f.get("form").asText();
      seen.add(form);
      Job.Reading reading = EncodingsTest.reading(f.get("reading"));
      int n = reading.metrics().size();
      MessageEncoder encoder = Encoders.of(form, reading, IntStream.range(0, n).toArray());
      assertTrue(f.get("messages").size() >= 10, "few messages");
      for (JsonNode m : f.get("messages")) {
        String got = HexFormat.of().formatHex(encode(encoder, m, n));
        if (!got.equals(m.get("bytes").asText())) {
          wrong.add(form + ": " + m + " gave " + got);
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertEquals(new TreeSet<>(Encoders.FORMS), seen);
  }

  private static byte[] encode(MessageEncoder encoder, JsonNode m, int n) {
    long[] values = new long[n];
    boolean[] present = new boolean[n];
    for (int i = 0; i < n; i++) {
      JsonNode v = m.get("values").get(i);
      present[i] = !v.isNull();
      values[i] = v.isNull() ? 77 : v.asLong(); // what an earlier event left there
    }
    return encoder.encode(Vectors.bytes(m.get("device")), m.get("time").asLong(), values, present);
  }

  @Test
  void slotsSayWhereAMetricStands() {
    Job.Reading reading = EncodingsTest.reading("a", "b");
    MessageEncoder encoder = Encoders.of("csv", reading, new int[] {2, 0});
    byte[] got =
        encoder.encode(null, 1, new long[] {1, 2, 3_000_000}, new boolean[] {false, true, true});
    assertArrayEquals(new byte[] {',', '0', '.', '0', '0', '1', ',', '3', ',', '\n'}, got);
  }

  @Test
  void unknownFormsAreRefused() {
    Job.Reading reading = EncodingsTest.reading("a");
    for (String form : List.of("xml", "csv+gzip", "", Encoders.CANONICAL)) {
      assertThrows(
          IllegalArgumentException.class, () -> Encoders.of(form, reading, new int[] {0}), form);
    }
  }
}
