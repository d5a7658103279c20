package io.streamgauge.trident;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dynatrace.hash4j.hashing.Hashing;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Registry;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.Chunk;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Stamp;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Jobs of large messages. Where a test says what comes out, the message is three samples, 1, 2 and
 * 3, in three chunks that end within them. Its hash is that of PyPI's xxhash.
 */
class MessagesStateTest {
  private static final long HASH = 0xc416cfbf9546d233L;
  private static final String SUMMARY =
      "{\"bytes\":6,\"hash\":-4317034771037892045,\"peak\":3,\"sum\":6}";
  private static final int DEVICES = 5;
  private static final int RECORDS = 600;

  @TempDir Path dir;

  /** A stage of a job of two; the second one scans. */
  private static Stage stage(String first, int index) {
    return Stage.compile(
            Plan.parse(
                """
                {"contract": 1, "partitions": 1, "guarantee": "exactly-once",
                 "topics": {"input": "in", "stages": ["mid"]},
                 "job": {"name": "l", "stages": [{"name": "a", "do": [{"%s": {}}]}, {"name": "b", "do": [{"scan": {}}]}]}}
                """
                    .formatted(first)),
            new Registry())
        .get(index);
  }

  private static InRecord record(long offset, int device, long sequence, byte[] value, Chunk c) {
    byte[] sg = new Stamp(c == null ? 0 : 4, 0, device, sequence, offset, 7).toBytes();
    byte[] key = {(byte) ('a' + device)};
    byte[] sgc = c == null ? null : c.toBytes();
    return new InRecord(0, offset, key, value, sg, Headers.time(9), null, sgc);
  }

  /** Chunk 0, 1 or 2 of the message, at an offset. */
  private static InRecord chunk(long offset, long sequence, int index) {
    byte[] value = HexFormat.of().parseHex(List.of("01", "000200", "0300").get(index));
    long at = List.of(0, 1, 4).get(index);
    return record(offset, 1, sequence, value, new Chunk(index, 3, at, 6, HASH));
  }

  /** What a batch gives; it does not commit. */
  private static List<String> apply(
      PartitionState state, Stage stage, long txid, InRecord... batch) {
    List<String> out = new ArrayList<>();
    for (InRecord in : batch) {
      state.apply(txid, BeforeState.step(stage, in), r -> out.add(describe(r)));
    }
    state.end(txid, r -> out.add(describe(r)));
    return out;
  }

  private static String describe(OutRecord r) {
    if (r.deadLetter()) {
      return "dead " + new String(r.headers()[2], StandardCharsets.US_ASCII);
    }
    String text = new String(r.value(), StandardCharsets.ISO_8859_1);
    String value = text.startsWith("{") ? text : HexFormat.of().formatHex(r.value());
    return value + " " + r.headers().length;
  }

  private Path log() {
    return dir.resolve("partition-0.log");
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(PartitionState.beside(log()))) {
      return all.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void chunksGoOnOneByOne() throws IOException {
    Stage stage = stage("scan", 0);
    try (PartitionState state = new PartitionState(stage, log(), 0)) {
      assertEquals(
          List.of("01 3", "000200 3"), apply(state, stage, 1, chunk(0, 0, 0), chunk(1, 0, 1)));
      state.commit(1);
    }
    try (PartitionState state = new PartitionState(stage, log(), 1)) {
      assertEquals(
          List.of("0300 3", "dead missing_chunk"),
          apply(state, stage, 2, chunk(2, 0, 1), chunk(3, 0, 2), chunk(4, 1, 1)));
    }
  }

  @Test
  void theAnswerComesWithTheLastChunk() throws IOException {
    Stage stage = stage("scan", 1);
    try (PartitionState state = new PartitionState(stage, log(), 0)) {
      assertEquals(List.of(), apply(state, stage, 1, chunk(0, 0, 0), chunk(1, 0, 1)));
      state.commit(1);
    }
    try (PartitionState state = new PartitionState(stage, log(), 1)) {
      assertEquals(List.of(), apply(state, stage, 1, chunk(0, 0, 0), chunk(1, 0, 1)), "again");
      assertEquals(List.of(SUMMARY + " 2"), apply(state, stage, 2, chunk(2, 0, 2)));
    }
  }

  @Test
  void chunksAreKeptBesideTheLogUntilTheirMessageIsOver() throws IOException {
    Stage stage = stage("reassemble", 0);
    try (PartitionState state = new PartitionState(stage, log(), 0)) {
      assertEquals(List.of(), apply(state, stage, 1, chunk(0, 0, 0), chunk(1, 0, 1)));
      state.commit(1);
    }
    assertEquals(List.of("1-0"), files());
    try (PartitionState state = new PartitionState(stage, log(), 1)) {
      assertEquals(List.of("010002000300 2"), apply(state, stage, 2, chunk(2, 0, 2)));
      assertEquals(List.of("1-0"), files(), "the batch may come again");
      state.commit(2);
    }
    assertEquals(List.of(), files());
  }

  @Test
  void theLogHasNoBytesOfAMessage() throws IOException {
    Stage stage = stage("reassemble", 0);
    byte[] half = new byte[100_000];
    InRecord in = record(0, 1, 0, half, new Chunk(0, 2, 0, 200_000, HASH));
    try (PartitionState state = new PartitionState(stage, log(), 0)) {
      assertEquals(List.of(), apply(state, stage, 1, in));
      state.commit(1);
    }
    assertTrue(Files.size(log()) < 1_000, "a log of " + Files.size(log()) + " bytes");
    assertEquals(half.length, Files.size(PartitionState.beside(log()).resolve("1-0")));
  }

  @Test
  void filesOfAKilledBatchAreCleared() throws IOException {
    Stage stage = stage("reassemble", 0);
    try (PartitionState state = new PartitionState(stage, log(), 0)) {
      apply(state, stage, 1, chunk(0, 5, 0));
      state.commit(1);
      assertEquals(List.of("dead missing_chunk"), apply(state, stage, 2, chunk(1, 6, 0)));
      assertEquals(List.of("1-5", "1-6"), files());
    }
    try (PartitionState state = new PartitionState(stage, log(), 1)) {
      assertEquals(List.of("1-5"), files(), "as before the batch");
      assertEquals(List.of("dead missing_chunk"), apply(state, stage, 2, chunk(1, 6, 0)));
      state.commit(2);
      assertEquals(List.of("1-6"), files());
    }
  }

  /** A message without its beginning would be taken for one that was damaged on its way. */
  @Test
  void bytesThatAreGoneAreAnError() throws IOException {
    Stage stage = stage("reassemble", 0);
    try (PartitionState state = new PartitionState(stage, log(), 0)) {
      apply(state, stage, 1, chunk(0, 0, 0), chunk(1, 0, 1));
      state.commit(1);
    }
    Files.delete(PartitionState.beside(log()).resolve("1-0"));
    try (PartitionState state = new PartitionState(stage, log(), 1)) {
      UncheckedIOException e =
          assertThrows(UncheckedIOException.class, () -> apply(state, stage, 2, chunk(2, 0, 2)));
      assertTrue(e.getMessage().contains("has 0 bytes, and the chunk begins at 4"), e.toString());
    }
  }

  @Test
  void messagesInOneRecordTouchNoState() {
    Stage stage = stage("scan", 0);
    byte[] whole = HexFormat.of().parseHex("010002000300");
    Object step = BeforeState.step(stage, record(0, 1, 0, whole, null));
    assertEquals("010002000300 2", describe((OutRecord) step));
    Chunk claim = new Chunk(0, 0, 0, 6, HASH);
    step = BeforeState.step(stage, record(1, 1, 1, new byte[] {'o'}, claim));
    assertEquals("dead missing_object", describe((OutRecord) step));
    step = BeforeState.step(stage("scan", 1), record(0, 1, 0, whole, null));
    assertEquals(SUMMARY + " 2", describe((OutRecord) step));
    assertTrue(BeforeState.step(stage, chunk(2, 2, 0)) instanceof Event);
  }

  /** A record as a device sends it. */
  private record Part(long sequence, byte[] value, Chunk chunk) {}

  /**
   * Messages of some devices, in chunks and whole. Half of those in chunks have something amiss or
   * twice.
   */
  private static List<InRecord> inputs(long seed) {
    Random random = new Random(seed);
    List<ArrayDeque<Part>> toCome = new ArrayList<>();
    for (int d = 0; d < DEVICES; d++) {
      toCome.add(new ArrayDeque<>());
    }
    long sequence = 0;
    List<InRecord> all = new ArrayList<>();
    while (all.size() < RECORDS) {
      int device = random.nextInt(DEVICES);
      ArrayDeque<Part> parts = toCome.get(device);
      while (parts.isEmpty()) {
        parts.addAll(message(random, sequence++));
      }
      Part p = parts.remove();
      all.add(record(all.size(), device, p.sequence(), p.value(), p.chunk()));
    }
    return all;
  }

  private static List<Part> message(Random random, long sequence) {
    byte[] whole = new byte[random.nextInt(200)];
    random.nextBytes(whole);
    if (random.nextInt(4) == 0) {
      return List.of(new Part(sequence, whole, null));
    }
    long hash = Hashing.xxh3_64().hashBytesToLong(whole);
    int size = 1 + random.nextInt(60);
    int count = Math.max(1, (whole.length + size - 1) / size);
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int from = i * size;
      byte[] value = Arrays.copyOfRange(whole, from, Math.min(whole.length, from + size));
      parts.add(new Part(sequence, value, new Chunk(i, count, from, whole.length, hash)));
    }
    spoil(random, parts);
    return parts;
  }

  private static void spoil(Random random, List<Part> parts) {
    int at = random.nextInt(parts.size());
    Part p = parts.get(at);
    switch (random.nextInt(6)) {
      case 0 -> parts.remove(at);
      case 1 -> parts.add(at, p);
      case 2 -> {
        byte[] other = p.value().clone();
        Arrays.fill(other, (byte) 1);
        parts.set(at, new Part(p.sequence(), other, p.chunk()));
      }
      default -> {}
    }
  }

  @ParameterizedTest
  @CsvSource({"scan, 0", "scan, 1", "reassemble, 0"})
  void killsChangeNothingWithTransactions(String first, int index) throws IOException {
    Stage stage = stage(first, index);
    for (long seed = 0; seed < 30; seed++) {
      List<InRecord> inputs = inputs(seed);
      List<String> want = new Life(dir).run(stage, inputs, new Random(seed), true, 0);
      assertTrue(want.size() > 20, "few results");
      assertEquals(
          want,
          new Life(dir).run(stage, inputs, new Random(seed + 1000), true, 0.3),
          "seed " + seed);
    }
  }

  @ParameterizedTest
  @CsvSource({"scan, 0", "scan, 1", "reassemble, 0"})
  void killsOnlyRepeatWithoutTransactions(String first, int index) throws IOException {
    Stage stage = stage(first, index);
    for (long seed = 0; seed < 30; seed++) {
      List<InRecord> inputs = inputs(seed);
      List<String> want = new Life(dir).run(stage, inputs, new Random(seed), false, 0);
      List<String> got = new Life(dir).run(stage, inputs, new Random(seed + 1000), false, 0.3);
      assertEquals(new HashSet<>(want), new HashSet<>(got), "seed " + seed);
      assertTrue(got.size() > want.size(), "nothing was repeated");
    }
  }

  /** A log that is written anew has every device. */
  @ParameterizedTest
  @CsvSource({"scan, 0", "reassemble, 0"})
  void aSnapshotIsAllThereIs(String first, int index) throws IOException {
    Stage stage = stage(first, index);
    KeyedState whole = KeyedState.of(stage, dir);
    for (InRecord in : inputs(1)) {
      if (BeforeState.step(stage, in) instanceof Event e) {
        whole.apply(e, r -> {});
      }
    }
    assertEquals(DEVICES, whole.entries());
    byte[] written = snapshot(whole);
    KeyedState copied = KeyedState.of(stage, dir);
    copied.restore(new DataInputStream(new ByteArrayInputStream(written)));
    assertArrayEquals(written, snapshot(copied));
  }

  private static byte[] snapshot(KeyedState state) throws IOException {
    ByteArrayOutputStream b = new ByteArrayOutputStream();
    state.snapshot(new DataOutputStream(b));
    return b.toByteArray();
  }
}
