package io.streamgauge.trident;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Registry;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Stamp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a kill at any instant of any batch leaves behind is what a life without one would have. */
class PartitionStateTest {
  private static final String DEDUPE = "{\"dedupe\":{\"span\":64}}";
  private static final String DETECT =
      "{\"detect\":{\"node\":1,\"metric\":\"m\",\"above\":50,\"clear\":5,\"emit\":[\"event\",\"alert\"]}}";
  private static final String TUMBLING =
      "{\"window\":{\"node\":2,\"tumbling_ms\":100,\"metric\":\"m\",\"emit\":[\"event\",\"window\"]}}";
  private static final String HOPPING =
      "{\"window\":{\"node\":2,\"hopping_ms\":100,\"every_ms\":25,\"metric\":\"m\",\"emit\":[\"event\",\"window\"]}}";

  private static final String AGGREGATE = "{\"aggregate\":{\"node\":2,\"metric\":\"m\"}}";

  @TempDir Path dir;

  private static Stage stage(String operator) {
    String json =
        "{\"contract\":1,\"partitions\":1,\"guarantee\":\"exactly-once\",\"topics\":{\"input\":\"in\",\"stages\":[\"s\"]},"
            + "\"event_time_min\":0,\"event_time_max\":100000,\"job\":{\"name\":\"j\",\"event_time\":{\"lateness_ms\":40},"
            + "\"reading\":{\"device\":\"d\",\"time\":{\"path\":\"t\"},\"metrics\":{\"m\":{\"path\":\"m\"}}},"
            + "\"stages\":[{\"name\":\"a\",\"do\":[{\"decode\":{}}]},{\"name\":\"b\",\"do\":["
            + operator
            + "]}]}}";
    return Stage.compile(Plan.parse(json), new Registry()).get(1);
  }

  private static List<InRecord> inputs(long seed) {
    Random random = new Random(seed);
    List<InRecord> all = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      int device = random.nextInt(5);
      long time = 2L * i + random.nextInt(60);
      byte[] value = ("{\"m\":" + random.nextInt(100) + "}").getBytes(StandardCharsets.UTF_8);
      byte[] sg = new Stamp(0, 0, device, i / 5 - random.nextInt(10) + 10, i, 0).toBytes();
      all.add(
          new InRecord(
              0, i, new byte[] {(byte) ('a' + device)}, value, sg, Headers.time(time), null));
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {DEDUPE, DETECT, TUMBLING, HOPPING})
  void killsChangeNothingWithTransactions(String operator) throws IOException {
    Stage stage = stage(operator);
    for (long seed = 0; seed < 30; seed++) {
      List<InRecord> inputs = inputs(seed);
      List<String> want = new Life(dir).run(stage, inputs, new Random(seed), true, 0);
      assertTrue(want.size() > 100, "few results");
      assertEquals(
          want.stream().sorted().toList(),
          new Life(dir)
              .run(stage, inputs, new Random(seed + 1000), true, 0.3).stream().sorted().toList(),
          "seed " + seed);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {DEDUPE, DETECT, TUMBLING, HOPPING})
  void killsOnlyRepeatWithoutTransactions(String operator) throws IOException {
    Stage stage = stage(operator);
    for (long seed = 0; seed < 30; seed++) {
      List<InRecord> inputs = inputs(seed);
      List<String> want = new Life(dir).run(stage, inputs, new Random(seed), false, 0);
      List<String> got = new Life(dir).run(stage, inputs, new Random(seed + 1000), false, 0.3);
      assertEquals(new HashSet<>(want), new HashSet<>(got), "seed " + seed);
      assertTrue(got.size() > want.size(), "nothing was repeated");
    }
  }

  /** When a total is told of hangs on how the stream is cut, so these lives cut it alike. */
  @Test
  void killsChangeNoUpdate() throws IOException {
    Stage stage = stage(AGGREGATE);
    for (long seed = 0; seed < 30; seed++) {
      List<InRecord> inputs = inputs(seed);
      List<String> want = new Life(dir).alike().run(stage, inputs, new Random(seed), true, 0);
      assertTrue(want.size() > 100 && want.size() < 200, want.size() + " updates");
      assertEquals(
          want.stream().sorted().toList(),
          new Life(dir)
              .alike().run(stage, inputs, new Random(seed + 1000), true, 0.3).stream()
                  .sorted()
                  .toList(),
          "seed " + seed);
      assertEquals(
          new HashSet<>(want),
          new HashSet<>(
              new Life(dir).alike().run(stage, inputs, new Random(seed + 2000), false, 0.3)),
          "seed " + seed + ", without transactions");
    }
  }

  @Test
  void aSnapshotHasEveryTotal() throws IOException {
    Stage stage = stage(AGGREGATE);
    KeyedState whole = KeyedState.of(stage, dir);
    for (InRecord in : inputs(1)) {
      whole.apply((Event) BeforeState.step(stage, in), r -> {});
    }
    List<String> want = new ArrayList<>();
    whole.end(r -> want.add(Life.text(r)));
    assertEquals(5, want.size());
    var b = new java.io.ByteArrayOutputStream();
    whole.snapshot(new java.io.DataOutputStream(b));
    whole.end(r -> assertEquals("", Life.text(r), "told already"));
    KeyedState copied = KeyedState.of(stage, dir);
    copied.restore(new java.io.DataInputStream(new java.io.ByteArrayInputStream(b.toByteArray())));
    var again = new java.io.ByteArrayOutputStream();
    copied.snapshot(new java.io.DataOutputStream(again));
    assertArrayEquals(b.toByteArray(), again.toByteArray());
  }

  /** A log that was lost, or cut by a fault of the machine, behind results that Kafka has. */
  @ParameterizedTest
  @ValueSource(strings = {DEDUPE, DETECT, TUMBLING, HOPPING, AGGREGATE})
  void stateThatLacksABatchIsAnError(String operator) throws IOException {
    Stage stage = stage(operator);
    Path file = dir.resolve("log");
    Event e = (Event) BeforeState.step(stage, inputs(1).get(0));
    try (PartitionState state = new PartitionState(stage, file, 0)) {
      state.apply(1, e, r -> {});
      state.commit(1);
    }
    try (PartitionState state = new PartitionState(stage, file, 2)) {
      state.apply(2, e, r -> {}); // killed between results and log: it comes again
    }
    try (PartitionState state = new PartitionState(stage, file, 2)) {
      IllegalStateException error =
          assertThrows(IllegalStateException.class, () -> state.apply(3, e, r -> {}));
      assertTrue(error.getMessage().startsWith(file + " ends with batch 1, "), error.toString());
    }
    OutRecord passes =
        new OutRecord(false, new byte[0], new byte[0], 0, new String[0], new byte[0][]);
    try (PartitionState state = new PartitionState(stage, file, 2)) {
      assertThrows(IllegalStateException.class, () -> state.apply(3, passes, r -> {}));
    }
  }

  /** A log that is written anew keeps what was in it. */
  @ParameterizedTest
  @ValueSource(strings = {DEDUPE, DETECT, TUMBLING, HOPPING})
  void aSnapshotIsAllThereIs(String operator) throws IOException {
    Stage stage = stage(operator);
    List<InRecord> inputs = inputs(1);
    KeyedState whole = KeyedState.of(stage, dir);
    KeyedState copied = KeyedState.of(stage, dir);
    for (InRecord in : inputs) {
      List<String> want = new ArrayList<>();
      List<String> got = new ArrayList<>();
      whole.apply((Event) BeforeState.step(stage, in), r -> want.add(Life.text(r)));
      copied.apply((Event) BeforeState.step(stage, in), r -> got.add(Life.text(r)));
      assertEquals(want.stream().sorted().toList(), got.stream().sorted().toList());
      if (in.offset() % 7 == 0) {
        var b = new java.io.ByteArrayOutputStream();
        copied.snapshot(new java.io.DataOutputStream(b));
        copied = KeyedState.of(stage, dir);
        copied.restore(
            new java.io.DataInputStream(new java.io.ByteArrayInputStream(b.toByteArray())));
        assertEquals(whole.entries(), copied.entries());
      }
    }
  }
}
