package io.streamgauge.sparkrealtime;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SlotsTest {
  private static final String WINDOW =
      "{\"window\": {\"node\": 5, \"tumbling_ms\": 10000, \"metric\": \"x\", \"emit\": [\"event\","
          + " \"window\"]}}";

  @Test
  void areOneForEachPartitionAndBehindAShuffleOneForEachOfIts() {
    Plan window = Plans.of(WINDOW, "{}");
    assertEquals(2 + 2 + 3, Slots.needed(window, 3));
    assertEquals("local[6]", Settings.spark(window).get("spark.master"));
    assertEquals(
        6, Slots.needed(Plans.of("{\"aggregate\": {\"node\": 1, \"metric\": \"x\"}}", "{}"), 2));
    assertEquals(
        "local[4]", Settings.spark(Plans.of("{\"encode\": {}}", "{}")).get("spark.master"));
    assertEquals(2 * (2 + 2), Slots.needed(Plans.large("reassemble", 1000), 2));
  }

  @Test
  void fewerAreRefusedBecauseSparkWouldLeavePartitionsUnread() {
    for (String master : new String[] {"local", "local[5]", "local[5, 4]"}) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> Slots.check(master, 6));
      assertTrue(e.getMessage().contains("needs 6"), e.getMessage());
    }
    for (String master : new String[] {"local[6]", "local[7,4]", "spark://there:7077"}) {
      assertDoesNotThrow(() -> Slots.check(master, 6));
    }
  }

  @Test
  void followTheShufflePartitionsThatAPlanSets() {
    Plan more = Plans.of(WINDOW, "{\"spark\": {\"spark.sql.shuffle.partitions\": \"4\"}}");
    assertEquals("local[8]", Settings.spark(more).get("spark.master"));
    Plan few = Plans.of(WINDOW, "{\"spark\": {\"spark.master\": \"local[5]\"}}");
    assertThrows(IllegalArgumentException.class, () -> Settings.check(few));
    Plan wide = Plans.of(WINDOW, "{\"spark\": {\"spark.task.cpus\": 2}}");
    assertThrows(IllegalArgumentException.class, () -> Settings.check(wide));
    assertDoesNotThrow(
        () -> Settings.check(Plans.of(WINDOW, "{\"spark\": {\"spark.task.cpus\": 1}}")));
  }

  @Test
  void batchesLastAtLeastAsLongAsSparkDemands() {
    assertEquals(5000, Settings.batchMillis(Plans.of(WINDOW, "{}")));
    assertEquals(60000, Settings.batchMillis(Plans.of(WINDOW, "{\"batch_duration_ms\": 60000}")));
    for (String wrong : new String[] {"4999", "\"long\""}) {
      Plan p = Plans.of(WINDOW, "{\"batch_duration_ms\": " + wrong + "}");
      assertThrows(IllegalArgumentException.class, () -> Settings.batchMillis(p));
    }
  }

  @Test
  void optionsThatThereAreNotAreRefused() {
    Plan p = Plans.of(WINDOW, "{\"sparc\": {}}");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Settings.check(p));
    assertTrue(e.getMessage().contains("batch_duration_ms, spark, source, producer"));
  }

  @Test
  void optionsOfTheSourceThatLoseRecordsAreRefused() {
    Plan p = Plans.of(WINDOW, "{\"source\": {\"failOnDataLoss\": \"false\"}}");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Settings.source(p));
    assertTrue(e.getMessage().contains("failOnDataLoss: false"), e.getMessage());
  }

  /** Spark itself says of it that it may lose data after a failure. */
  @Test
  void stateWithoutIdsOfItsBatchesIsRefused() {
    String name = "spark.sql.streaming.realTimeMode.dangerouslyAllowCheckpointV1.enabled";
    Plan p = Plans.of(WINDOW, "{\"spark\": {\"" + name + "\": \"true\"}}");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Settings.spark(p));
    assertTrue(e.getMessage().contains(name), e.getMessage());
  }

  @Test
  void optionsOfTheProducersThatLoseRecordsAreRefused() {
    Plan p = Plans.of(WINDOW, "{\"producer\": {\"acks\": \"0\"}}");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Settings.sink(p));
    assertTrue(e.getMessage().startsWith("option producer: {acks: 0}; "), e.getMessage());
  }

  @Test
  void optionsWin() {
    Plan p =
        Plans.of(
            WINDOW,
            "{\"spark\": {\"spark.ui.enabled\": \"true\"}, \"producer\": {\"linger.ms\": \"5\"},"
                + " \"source\": {\"kafka.fetch.max.wait.ms\": \"9\"}}");
    Map<String, Object> m = Settings.effective(p);
    assertEquals("true", m.get("spark.ui.enabled"));
    assertEquals("5", m.get("sink.kafka.linger.ms"));
    assertEquals("9", m.get("source.kafka.fetch.max.wait.ms"));
  }
}
