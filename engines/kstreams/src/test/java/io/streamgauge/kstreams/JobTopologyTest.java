package io.streamgauge.kstreams;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.streamgauge.joblib.record.Headers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobTopologyTest {
  private static final String WINDOW =
      "{\"window\": {\"node\": 2, \"tumbling_ms\": 10000, \"metric\": \"x\", \"emit\": [\"event\", \"window\"]}}";
  private static final Rig.Setup COPY = new Rig.Setup("{\"name\": \"a\", \"do\": []}");
  private static final Rig.Setup DEDUPE =
      new Rig.Setup(
          "{\"name\": \"a\", \"do\": [{\"decode\": {}}, {\"dedupe\": {\"span\": 1024}}]}");
  private static final Rig.Setup DETECT =
      new Rig.Setup(
          """
      {"name": "a", "do": [{"decode": {}},
        {"detect": {"node": 1, "metric": "x", "above": 10000000, "clear": 2000000, "emit": ["event", "alert"]}}]}
      """);
  private static final Rig.Setup RUNNING =
      new Rig.Setup(
          """
      {"name": "a", "do": [{"decode": {}}, {"validate": {"required": ["x"]}},
        {"aggregate": {"node": 4, "metric": "x"}}]}
      """);
  private static final Rig.Setup TUMBLING =
      new Rig.Setup("{\"name\": \"a\", \"do\": [{\"decode\": {}}, " + WINDOW + "]}");
  private static final Rig.Setup HOPS =
      new Rig.Setup(
          "{\"name\": \"a\", \"do\": [{\"decode\": {}}, " + WINDOW + "]}",
          "{\"name\": \"b\", \"do\": []}");

  @Test
  void writesExactlyTheHeadersOfTheContract() {
    try (Rig rig = new Rig(COPY)) {
      RecordHeaders headers = new RecordHeaders();
      headers.add("other", new byte[] {1});
      headers.add(Headers.TIME, Headers.time(-5));
      headers.add(
          Headers.STAMP, new io.streamgauge.joblib.record.Stamp(0, 1, 2, 3, 4, 5).toBytes());
      headers.add(Headers.TIME, Headers.time(7)); // the first counts
      rig.raw("d", "v", headers);
      List<TestRecord<byte[], byte[]>> out = rig.records();
      assertEquals(1, out.size());
      List<String> names = new ArrayList<>();
      for (Header h : out.get(0).headers()) {
        names.add(h.key());
      }
      assertEquals(List.of("sgt", "sgo"), names);
      assertArrayEquals(Headers.time(-5), out.get(0).headers().lastHeader("sgt").value());
      assertEquals(0, out.get(0).timestamp(), "Kafka's timestamp cannot be negative");
    }
  }

  @Test
  void passesForeignRecordsOver() {
    try (Rig rig = new Rig(COPY)) {
      rig.raw("d", "v", new RecordHeaders());
      rig.raw("d", "v", new RecordHeaders().add(Headers.TIME, Headers.time(1)));
      rig.send("d", 0, 1, "1");
      assertEquals(List.of("d event 0"), rig.read());
    }
  }

  @Test
  void sendsWhatIsRefusedToTheDeadLetters() {
    try (Rig rig = new Rig(DEDUPE)) {
      rig.send("d", 0, 1, "\"no\"");
      rig.send("d", 1, 2_000_000, "1");
      assertEquals(List.of("d dead 0 bad_type", "d dead 1 event_time"), rig.read());
    }
  }

  @Test
  void aTotalIsToldOfAtEachEvent() {
    try (Rig rig = new Rig(RUNNING)) {
      rig.send("a", 0, 5, "1");
      rig.send("b", 0, 6, "9");
      rig.send("a", 1, 3, "null");
      rig.send("a", 2, 4, "-2");
      assertEquals(
          List.of(
              "a update of 1 {\"count\":1,\"max\":1000000,\"min\":1000000,\"sum\":1000000}",
              "b update of 1 {\"count\":1,\"max\":9000000,\"min\":9000000,\"sum\":9000000}",
              "a update of 2 {\"count\":2,\"max\":1000000,\"min\":-2000000,\"sum\":-1000000}",
              "a dead 1 missing_field"),
          rig.read());
    }
  }

  @Test
  void windowsCloseBehindTheEventThatClosesThem() {
    try (Rig rig = new Rig(TUMBLING)) {
      rig.send("a", 0, 1_000, "1");
      rig.send("b", 0, 9_999, "1");
      rig.send("a", 1, 14_999, "1");
      assertEquals(List.of("a event 0", "b event 0", "a event 1"), rig.read());
      rig.send("a", 2, 15_000, "1");
      assertEquals(List.of("a event 2", "a window 0 of 1", "b window 0 of 1"), rig.read());
      rig.send("b", 1, 5_000, "1");
      assertEquals(List.of("b event 1"), rig.read(), "a late event passes");
    }
  }

  @Test
  void anEventWithoutTheMetricMovesStreamTimeAndCountsNowhere() {
    try (Rig rig = new Rig(TUMBLING)) {
      rig.send("a", 0, 1_000, "1");
      rig.send("b", 0, 2_000, "null");
      rig.send("b", 1, 30_000, "null");
      rig.send("b", 2, 50_000, "null");
      assertEquals(
          List.of("a event 0", "b event 0", "b event 1", "a window 0 of 1", "b event 2"),
          rig.read());
    }
  }

  @Test
  void aRefusedEventDoesNotMoveStreamTime() {
    try (Rig rig = new Rig(TUMBLING)) {
      rig.send("a", 0, 1_000, "1");
      rig.send("b", 0, 900_000, "\"no\"");
      rig.send("a", 1, 2_000, "1");
      rig.send("a", 2, 15_000, "1");
      assertEquals(
          List.of("a event 0", "a event 1", "a event 2", "a window 0 of 2", "b dead 0 bad_type"),
          rig.read());
    }
  }

  @Test
  void knowsWindowsBefore1970() {
    try (Rig rig = new Rig(TUMBLING.between(-100_001, 100_000))) {
      rig.send("a", 0, -100_001, "1");
      rig.send("a", 1, -1, "1");
      rig.send("a", 2, 0, "1");
      rig.send("a", 3, 15_000, "1");
      assertEquals(
          List.of(
              "a event 0",
              "a event 1",
              "a window -110000 of 1",
              "a event 2",
              "a event 3",
              "a window -10000 of 1",
              "a window 0 of 1"),
          rig.read());
    }
  }

  /** The order in which a device's results are written is part of the contract. */
  @Test
  void closesManyWindowsOfADeviceInAscendingOrder() {
    try (Rig rig = new Rig(TUMBLING)) {
      rig.send("a", 0, 11_000, "1");
      rig.send("a", 1, 9_000, "1");
      rig.send("a", 2, 500_000, "1");
      assertEquals(
          List.of("a event 0", "a event 1", "a event 2", "a window 0 of 1", "a window 10000 of 1"),
          rig.read());
    }
  }

  /**
   * Why the adapter sets a retention: with Kafka Streams' own, size + grace, one event far ahead
   * loses the results of all open windows. Should this fail with a newer version, {@link
   * Options#windowRetention} can be simpler.
   */
  @ParameterizedTest
  @ValueSource(strings = {"rocksdb", "in-memory"})
  void kafkaStreamsOwnRetentionLosesOpenWindows(String store, @TempDir Path folder) {
    String own = "{\"store\": \"" + store + "\", \"window_retention_ms\": 15000}"; // size + grace
    String plenty = "{\"store\": \"" + store + "\"}";
    assertEquals(
        List.of("a event 0", "a event 1"), jump(TUMBLING.options(own), folder.resolve("own")));
    assertEquals(
        List.of("a event 0", "a event 1", "a window 0 of 1"),
        jump(TUMBLING.options(plenty), folder.resolve("plenty")));
  }

  private static List<String> jump(Rig.Setup setup, Path folder) {
    try (Rig rig = new Rig(setup, folder)) {
      rig.send("a", 0, 1_000, "1");
      rig.send("a", 1, 26_000, "1");
      return rig.read();
    }
  }

  @Test
  void resultsTouchNoLaterStage() {
    try (Rig rig = new Rig(HOPS)) {
      rig.send("a", 0, 1_000, "1");
      rig.send("a", 1, 15_000, "1");
      assertEquals(List.of("a event 0", "a event 1", "a window 0 of 1"), rig.read());
    }
  }

  @Test
  void dedupeAnswersAReplayAsTheFirstTime() {
    try (Rig first = new Rig(DEDUPE);
        Rig again = new Rig(DEDUPE)) {
      List<String> answers = dedupe(first);
      assertEquals(
          List.of("a event 5", "a event 2000", "a event 5", "b event 5", "a event 6"), answers);
      again.inherit(first, "stage-0-state");
      assertEquals(
          answers, dedupe(again), "nothing was committed, so all of it must be written again");
    }
  }

  private static List<String> dedupe(Rig rig) {
    rig.send("a", 5, 1, "1");
    rig.send("a", 5, 1, "1");
    rig.send("a", 2_000, 1, "1");
    rig.send("a", 5, 1, "1"); // a span behind: passes
    rig.send("b", 5, 1, "1");
    rig.send("b", 5, 1, "1");
    rig.send("a", 2_000, 1, "1");
    rig.send("a", 6, 1, "1");
    return rig.read();
  }

  @Test
  void detectAnswersAReplayAsTheFirstTime() {
    try (Rig first = new Rig(DETECT);
        Rig again = new Rig(DETECT)) {
      List<String> answers = detect(first);
      assertEquals(
          List.of(
              "a event 0",
              "a event 1",
              "a alert 1",
              "a event 2",
              "a event 3",
              "a alert 3",
              "a event 4",
              "a alert 4"),
          answers);
      again.inherit(first, "stage-0-state");
      assertEquals(answers, detect(again));
    }
  }

  private static List<String> detect(Rig rig) {
    rig.send("a", 0, 1, "1");
    rig.send("a", 1, 1, "11");
    rig.send("a", 2, 1, "9");
    rig.send("a", 3, 1, "8");
    rig.send("a", 4, 1, "12");
    return rig.read();
  }

  /**
   * Exactly once Kafka Streams takes stores back itself: nothing is kept for undoing, and a store
   * is believed.
   */
  @Test
  void exactlyOnceBelievesItsStore() {
    try (Rig first = new Rig(DEDUPE.with("exactly-once"));
        Rig again = new Rig(DEDUPE.with("exactly-once"))) {
      dedupe(first);
      again.inherit(first, "stage-0-state");
      again.send("b", 5, 1, "1");
      again.send("b", 6, 1, "1");
      assertEquals(List.of("b event 6"), again.read());
    }
  }

  @Test
  void aStageRecordThatCannotBeIsFatalAndNamed() {
    try (Rig rig =
        new Rig(
            new Rig.Setup(
                "{\"name\": \"a\", \"do\": [{\"decode\": {}}]}",
                "{\"name\": \"b\", \"do\": [{\"filter\": {\"metric\": \"x\", \"min\": 0}}]}"))) {
      rig.send("a", 0, 1, "1");
      assertEquals(List.of("a event 0"), rig.read());
      StreamsException e =
          assertThrows(StreamsException.class, () -> rig.between("a", 1, "not a reading"));
      assertEquals(true, e.getMessage().contains("partition=0, offset=1"), e.getMessage());
    }
  }
}
