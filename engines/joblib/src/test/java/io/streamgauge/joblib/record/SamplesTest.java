package io.streamgauge.joblib.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamgauge.joblib.shared.Vectors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

/** The committed samples of the record format, which every language reads. */
class SamplesTest {
  private static JsonNode samples(String section) throws IOException {
    JsonNode list = Vectors.read("harness/event/testdata/samples.json").get(section);
    assertTrue(list.size() > 0, section);
    return list;
  }

  private static byte[] hex(JsonNode n) {
    return HexFormat.of().parseHex(n.get("Hex").asText());
  }

  private static long u64(JsonNode n) {
    return Long.parseUnsignedLong(n.asText());
  }

  @Test
  void stamps() throws IOException {
    for (JsonNode s : samples("Stamps")) {
      Stamp want =
          new Stamp(
              s.get("Flags").asInt(),
              s.get("Stream").asInt(),
              s.get("Device").asLong(),
              u64(s.get("Sequence")),
              s.get("Intended").asLong(),
              u64(s.get("Hash")));
      assertEquals(want, Stamp.parse(hex(s)));
      assertArrayEquals(hex(s), want.toBytes());
    }
  }

  @Test
  void outputs() throws IOException {
    for (JsonNode s : samples("Outputs")) {
      Output want =
          new Output(
              s.get("Kind").asInt(),
              s.get("Stream").asInt(),
              s.get("Device").asLong(),
              u64(s.get("Sequence")),
              s.get("Intended").asLong(),
              s.get("Count").asLong(),
              s.get("Node").asInt(),
              s.get("Ordinal").asInt(),
              s.get("IDs").asLong());
      assertEquals(want, Output.parse(hex(s)));
      assertEquals(want.kind(), Output.kindOf(hex(s)));
      assertArrayEquals(hex(s), want.toBytes());
    }
  }

  @Test
  void chunks() throws IOException {
    for (JsonNode s : samples("Chunks")) {
      Chunk want =
          new Chunk(
              s.get("Index").asLong(),
              s.get("Count").asLong(),
              u64(s.get("Offset")),
              u64(s.get("Total")),
              u64(s.get("Hash")));
      assertEquals(want, Chunk.parse(hex(s)));
      assertArrayEquals(hex(s), want.toBytes());
    }
  }

  @Test
  void times() throws IOException {
    for (JsonNode s : samples("Times")) {
      assertEquals(s.get("MS").asLong(), Headers.time(hex(s)));
      assertArrayEquals(hex(s), Headers.time(s.get("MS").asLong()));
    }
  }

  @Test
  void terms() throws IOException {
    for (JsonNode s : samples("Terms")) {
      Stamp stamp =
          new Stamp(
              0, s.get("Stream").asInt(), s.get("Device").asLong(), u64(s.get("Sequence")), 0, 0);
      assertEquals(s.get("Term").asLong(), stamp.term());
    }
  }

  /** Producers of Java choose these by themselves, where no partition is given. */
  @Test
  void partitions() throws IOException {
    for (JsonNode s : samples("Partitions")) {
      byte[] key = s.get("Key").asText().getBytes(StandardCharsets.UTF_8);
      assertEquals(
          s.get("Partition").asInt(), Utils.toPositive(Utils.murmur2(key)) % s.get("Of").asInt());
    }
  }

  @Test
  void headersOfOtherSizesAndVersionsAreNone() {
    byte[] stamp = new Stamp(0, 0, 0, 0, 0, 0).toBytes();
    byte[] output = new Output(1, 0, 0, 0, 0, 1, 0, 0, 0).toBytes();
    for (byte[] b :
        new byte[][] {null, {}, Arrays.copyOf(stamp, 31), Arrays.copyOf(stamp, 33), new byte[32]}) {
      assertNull(Stamp.parse(b));
    }
    for (byte[] b :
        new byte[][] {
          null, {}, Arrays.copyOf(output, 39), Arrays.copyOf(output, 41), new byte[40]
        }) {
      assertNull(Output.parse(b));
      assertEquals(0, Output.kindOf(b));
    }
    assertNull(Chunk.parse(null));
    assertNull(Chunk.parse(new byte[31]));
    assertNull(Chunk.parse(new byte[33]));
    assertFalse(Headers.isTime(null));
    assertFalse(Headers.isTime(new byte[7]));
    assertFalse(Headers.isTime(new byte[9]));
    assertTrue(Headers.isTime(new byte[8]));
  }
}
