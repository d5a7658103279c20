package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.streamgauge.joblib.contract.Plan;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static Plan plan(String guarantee, String options) {
    String json = Local.plan("settings", "").json();
    return Plan.parse(
        json.replace("at-least-once", guarantee)
            .replace("\"state_dir\"", "\"options\": " + options + ", \"state_dir\""));
  }

  @Test
  void optionsWin() {
    Plan p =
        plan(
            "at-least-once",
            """
        {"spark": {"spark.sql.shuffle.partitions": 7}, "source": {"maxOffsetsPerTrigger": "9"}, "producer": {"linger.ms": 5}}""");
    assertEquals("7", Settings.spark(p).get("spark.sql.shuffle.partitions"));
    assertEquals("9", Settings.source(p).get("maxOffsetsPerTrigger"));
    assertEquals("5", Settings.producer(p).get("linger.ms"));
  }

  @Test
  void anUnknownOptionIsAnError() {
    Plan p = plan("at-least-once", "{\"sparks\": {}}");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Settings.spark(p));
    assertEquals("unknown option \"sparks\"; valid: spark, source, producer", e.getMessage());
  }

  @Test
  void batchesAreBoundedAndReadCommittedExactlyOnceAlone() {
    assertNull(Settings.source(plan("at-least-once", "{}")).get("maxOffsetsPerTrigger"));
    assertEquals("100000", Settings.source(plan("exactly-once", "{}")).get("maxOffsetsPerTrigger"));
    assertEquals(
        "read_committed", Settings.source(plan("exactly-once", "{}")).get("kafka.isolation.level"));
  }

  @Test
  void hasASlotForEachTaskOfEachStage() {
    assertEquals("local[4,4]", Settings.spark(plan("at-least-once", "{}")).get("spark.master"));
  }
}
