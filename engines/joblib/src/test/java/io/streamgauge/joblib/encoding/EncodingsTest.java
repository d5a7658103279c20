package io.streamgauge.joblib.encoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamgauge.joblib.contract.Job;
import io.streamgauge.joblib.json.MessageDecoder;
import io.streamgauge.joblib.operator.Reason;
import io.streamgauge.joblib.shared.Vectors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncodingsTest {
  private static final Job.Reading SMALL =
      new Job.Reading(
          List.of("d"), List.of("t"), Map.of("m", new Job.Metric(List.of("m"), new long[0])));

  @ParameterizedTest
  @CsvSource({
    "avro, avro/testdata/object.json",
    "avro-registry, avro/testdata/registry.json",
    "cbor, cbor/testdata/vectors.json",
    "csv, csv/testdata/vectors.json",
    "frame, frame/testdata/vectors.json",
    "json+gzip, compressed/testdata/gzip.json",
    "json+lz4, compressed/testdata/lz4.json",
    "json+snappy, compressed/testdata/snappy.json",
    "json+zstd, compressed/testdata/zstd.json",
    "line-protocol, lineprotocol/testdata/vectors.json",
    "msgpack, msgpack/testdata/vectors.json",
    "ndjson, ndjson/testdata/vectors.json",
    "protobuf, protobuf/testdata/vectors.json",
    "senml-cbor, senml/testdata/cbor.json",
    "senml-json, senml/testdata/json.json",
    "sparkplug-b, sparkplug/testdata/vectors.json"
  })
  void decodesTheVectorsOfAllLanguages(String name, String vectors) throws IOException {
    JsonNode file = Vectors.read("harness/encoding/" + vectors);
    List<MessageDecoder> decoders = new ArrayList<>();
    List<Integer> metrics = new ArrayList<>();
    for (JsonNode r : file.get("readings")) {
      Job.Reading reading = reading(r);
      int n = reading.metrics().size();
      metrics.add(n);
      decoders.add(Encodings.decoder(name, reading, IntStream.range(0, n).toArray()));
    }
    List<String> wrong = new ArrayList<>();
    for (JsonNode v : file.get("messages")) {
      int i = v.get("reading").asInt();
      String got =
          decode(
              decoders.get(i),
              metrics.get(i),
              Vectors.bytes(v.get("key")),
              Vectors.bytes(v.get("value")));
      String want = v.has("reason") ? v.get("reason").asText() : v.path("values").toString();
      if (!got.equals(want)) {
        wrong.add(v + " gave " + got);
      }
    }
    assertTrue(file.get("messages").size() >= 500, "few messages");
    assertEquals(List.of(), wrong);
  }

  @Test
  void bombsAreRefused() throws IOException {
    byte[] packed = com.github.luben.zstd.Zstd.compress(new byte[Compression.LIMIT + 1]);
    assertEquals("bad_compression", decode("cbor+zstd", packed));
    assertEquals("bad_compression", decode("cbor+snappy", new byte[] {-128, -128, -128, 65, 0, 0}));
  }

  /** Of the largest array there could be: the library would ask for it at once. */
  @Test
  void whatIsOnlyClaimedTakesNoRoom() {
    byte[] claim = {-1, -1, -1, -1, 7, 1 << 2, 0x61, 0x62};
    assertThrows(Malformed.class, () -> Compression.SNAPPY.unpack(claim, Integer.MAX_VALUE));
  }

  @Test
  void snappyIsNoS2() {
    byte[] packed = {7, 1 << 2, 0x5b, 0x5d, 0, 0x20, 1, 1}; // a list and five spaces
    assertEquals("missing_field", decode("json+snappy", packed));
    packed[7] = 0;
    assertEquals("bad_compression", decode("json+snappy", packed));
  }

  /** The same list of JSON in one raw block, in a frame of RFC 8878 and in one of zstd 0.7. */
  @Test
  void framesOfOldVersionsOfZstdAreRefused() {
    byte[] now = {0x28, -0x4b, 0x2f, -3, 0x20, 2, 0x11, 0, 0, 0x5b, 0x5d};
    assertEquals("missing_field", decode("json+zstd", now));
    byte[] old = {0x27, -0x4b, 0x2f, -3, 0x20, 2, 0x40, 0, 2, 0x5b, 0x5d, -0x40, 0, 0};
    assertEquals("bad_compression", decode("json+zstd", old));
  }

  /** What libraries take in different ways. */
  @Test
  void anLz4FrameIsAlone() throws IOException {
    byte[] frame = lz4("[]".getBytes(StandardCharsets.US_ASCII));
    assertEquals("missing_field", decode("json+lz4", frame));
    byte[] two = Arrays.copyOf(frame, 2 * frame.length);
    System.arraycopy(frame, 0, two, frame.length, frame.length);
    assertEquals("bad_compression", decode("json+lz4", two));
    byte[] empty = frame.clone();
    empty[frame.length - 1] = (byte) 0x80; // a block of no bytes in the place of the end
    assertEquals("bad_compression", decode("json+lz4", empty));
  }

  /** A list of JSON and spaces; each block in the frame of another message. */
  @Test
  void anLz4BlockEnds() throws IOException {
    assertEquals("missing_field", decode("json+lz4", block("20 5b 5d")));
    assertEquals("bad_compression", decode("json+lz4", block("21 5b 5d")), "a length of a copy");
    String copy = "33 5b 5d 20 01 00";
    assertEquals("missing_field", decode("json+lz4", block(copy + " 50 20 20 20 20 20")));
    assertEquals("bad_compression", decode("json+lz4", block(copy + " 40 20 20 20 20")));
    assertEquals("bad_compression", decode("json+lz4", block(copy)));
    String self = "33 5b 5d 20 00 00 50 20 20 20 20 20";
    assertEquals("bad_compression", decode("json+lz4", block(self)), "a copy from 0 bytes back");
  }

  private static byte[] block(String hex) throws IOException {
    byte[] block = HexFormat.ofDelimiter(" ").parseHex(hex);
    byte[] frame = Arrays.copyOf(lz4(new byte[0]), 7 + 4 + block.length + 4);
    Arrays.fill(frame, 7, frame.length, (byte) 0);
    frame[7] = (byte) block.length;
    System.arraycopy(block, 0, frame, 11, block.length);
    return frame;
  }

  /** Without sums: the last four bytes are the mark of the end. */
  private static byte[] lz4(byte[] message) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (LZ4FrameOutputStream out = new LZ4FrameOutputStream(packed)) {
      out.write(message, 0, message.length);
    }
    return packed.toByteArray();
  }

  @Test
  void depthIsLimited() {
    byte[] lists = new byte[100_000];
    Arrays.fill(lists, (byte) 0x81); // CBOR: a list of one
    assertEquals("bad_format", decode("cbor", lists));
    Arrays.fill(lists, (byte) 0x91); // MessagePack: the same
    assertEquals("bad_format", decode("msgpack", lists));
  }

  /**
   * The byte after the head of a text in chunks can begin none; its argument, or the text in it, is
   * not there.
   */
  @Test
  void aChunkOfAnotherKindIsBadBeforeItEnds() {
    for (int first : new int[] {0x38, 0x7f, 0x59, 0xa0}) {
      assertEquals("bad_format", decode("cbor", new byte[] {0x7f, (byte) first}));
    }
    assertEquals("truncated", decode("cbor", new byte[] {0x7f, 0x78}));
    assertEquals("truncated", decode("cbor", new byte[] {0x7f}));
  }

  @Test
  void recordsWithoutKeyOrValueCountAsEmpty() {
    for (String name : List.of("avro", "cbor", "csv", "frame", "msgpack", "protobuf")) {
      assertEquals("truncated", decode(name, null), name);
    }
    assertEquals("bad_compression", decode("cbor+zstd", null));
    assertEquals("[null]", decode("cbor", new byte[] {(byte) 0xa2, 0x61, 'd', 0x60, 0x61, 't', 1}));
  }

  @Test
  void unknownNamesAreRefused() {
    for (String name : List.of("xml", "cbor+rar", "cbor+", "")) {
      assertThrows(
          IllegalArgumentException.class,
          () -> Encodings.decoder(name, SMALL, new int[] {0}),
          name);
    }
  }

  private static String decode(String name, byte[] value) {
    return decode(Encodings.decoder(name, SMALL, new int[] {0}), 1, null, value);
  }

  /** The reason, or the values as the vectors write them. */
  private static String decode(MessageDecoder decoder, int n, byte[] key, byte[] value) {
    long[] values = new long[n];
    boolean[] present = new boolean[n];
    Reason reason = decoder.decode(key, value, values, present);
    if (reason != null) {
      return new String(reason.code(), StandardCharsets.US_ASCII);
    }
    List<String> shown =
        IntStream.range(0, n)
            .mapToObj(i -> present[i] ? Long.toString(values[i]) : "null")
            .toList();
    return "[" + String.join(",", shown) + "]";
  }

  /** A reading with metrics of these names, each at the path of its name. */
  static Job.Reading reading(String... metrics) {
    Map<String, Job.Metric> all = new TreeMap<>();
    for (String name : metrics) {
      all.put(name, new Job.Metric(List.of(name), new long[0]));
    }
    return new Job.Reading(List.of("d"), List.of("t"), all);
  }

  static Job.Reading reading(JsonNode n) {
    Map<String, Job.Metric> metrics = new TreeMap<>();
    n.path("metrics")
        .fields()
        .forEachRemaining(
            f ->
                metrics.put(
                    f.getKey(), new Job.Metric(path(f.getValue().get("path")), new long[0])));
    JsonNode time = n.get("time");
    return new Job.Reading(
        path(n.get("device")),
        path(time.get("path")),
        time.get("unit").asText().equals("ms"),
        metrics);
  }

  private static List<String> path(JsonNode dotted) {
    return Arrays.asList(dotted.asText().split("\\.", -1));
  }
}
