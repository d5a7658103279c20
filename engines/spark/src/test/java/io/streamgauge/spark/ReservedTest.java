package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReservedTest {
  private static Plan plan(String option, String name, String value) {
    String options = "\"options\": {\"%s\": {\"%s\": \"%s\"}}, ".formatted(option, name, value);
    String json = Local.plan("reserved", "").json();
    return Plan.parse(json.replace("\"state_dir\"", options + "\"state_dir\""));
  }

  /** With one of them records are lost, or change places, and Spark says nothing. */
  @ParameterizedTest
  @CsvSource({
    "minPartitions, 2",
    "minpartitions, 2",
    "maxRecordsPerPartition, 1000",
    "minOffsetsPerTrigger, 1000",
    "failOnDataLoss, false",
    "startingOffsets, latest",
    "startingOffsetsByTimestamp, 9",
    "startingTimestamp, 9",
    "includeHeaders, false",
    "assign, x",
    "subscribe, x",
    "subscribePattern, x",
    "kafka.group.id, x",
  })
  void ofTheSourceIsRefused(String name, String value) {
    Plan plan = plan("source", name, value);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Settings.source(plan));
    String begins = "option source: {" + name + ": " + value + "}; ";
    assertTrue(e.getMessage().startsWith(begins), e.getMessage());
    assertTrue(e.getMessage().contains("leave it out"), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"spark.speculation", "spark.sql.streaming.noDataMicroBatches.enabled"})
  void ofTheConfigurationIsRefused(String name) {
    String ours = Settings.spark(Local.plan("reserved", "")).get(name);
    String other = Boolean.toString(!Boolean.parseBoolean(ours));
    Plan plan = plan("spark", name, other);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Settings.spark(plan));
    assertTrue(e.getMessage().contains("want " + ours + ", or leave it out"), e.getMessage());
    assertEquals(ours, Settings.spark(plan("spark", name, ours)).get(name));
  }

  @Test
  void ofTheProducersIsRefused() {
    Plan plan = plan("producer", "partitioner.ignore.keys", "true");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Settings.producer(plan));
    String begins = "option producer: {partitioner.ignore.keys: true}; ";
    assertTrue(e.getMessage().startsWith(begins), e.getMessage());
  }

  @Test
  void theSameValueOnceMoreIsNone() {
    Map<String, String> same = Map.of("FAILONDATALOSS", "true", "startingOffsets", "earliest");
    assertDoesNotThrow(() -> Reserved.source(same, true));
  }

  @Test
  void abortedResultsMayBeReadAtLeastOnceAlone() {
    Map<String, String> all = Map.of("kafka.isolation.level", "read_uncommitted");
    assertDoesNotThrow(() -> Reserved.source(all, false));
    assertThrows(IllegalArgumentException.class, () -> Reserved.source(all, true));
  }
}
