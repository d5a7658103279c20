package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReservedTest {
  private static final String PLAN =
      """
      {"contract": 1, "prefix": "sg.reserved", "guarantee": "%s", "partitions": 1, "parallelism": 2,
       "brokers": {"bootstrap": ["localhost:1"]}, "limits": {"max_record_bytes": 1000}, "state_dir": "/nonexistent",
       "topics": {"input": "in", "stages": [], "output": "out", "deadletter": "dead", "registry": ""},
       "job": {"name": "l", "stages": [{"name": "only", "do": [{"scan": {}}]}]},
       "options": %s}
      """;

  private static Plan plan(String guarantee, String options) {
    return Plan.parse(PLAN.formatted(guarantee, options));
  }

  private static String option(String group, String name, String value) {
    return "{\"%s\": {\"%s\": \"%s\"}}".formatted(group, name, value);
  }

  /** With one of them records are lost, doubled or change places, and nobody says anything. */
  @ParameterizedTest
  @CsvSource({
    "flink, execution.checkpointing.mode, AT_LEAST_ONCE",
    "flink, execution.checkpointing.interval, 0",
    "flink, execution.checkpointing.interval, 0 s",
    "flink, execution.checkpointing.unaligned.enabled, true",
    "flink, execution.checkpointing.externalized-checkpoint-retention, DELETE_ON_CANCELLATION",
    "flink, parallelism.default, 2",
    "flink, taskmanager.numberOfTaskSlots, 2",
    "flink, pipeline.name, x",
    "flink, table.exec.state.ttl, 1 h",
    "flink, table.exec.resource.default-parallelism, 2",
    "consumer, enable.auto.commit, true",
    "consumer, commit.offsets.on.checkpoint, false",
    "consumer, group.id, x",
    "consumer, auto.offset.reset, latest",
    "consumer, partition.discovery.interval.ms, 1000",
    "consumer, isolation.level, read_uncommitted",
    "producer, acks, 1",
    "producer, enable.idempotence, false",
    "producer, partitioner.class, x",
    "producer, partitioner.ignore.keys, true",
    "producer, transactional.id, x",
  })
  void isRefused(String group, String name, String value) {
    Plan plan = plan("exactly-once", option(group, name, value));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new Options(plan));
    String begins = "option " + group + ": {" + name + ": " + value + "}; ";
    assertTrue(e.getMessage().startsWith(begins), e.getMessage());
    assertTrue(e.getMessage().contains("leave it out"), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "flink, execution.checkpointing.mode, exactly_once",
    "flink, parallelism.default, 1",
    "flink, pipeline.name, sg.reserved",
    "producer, acks, -1",
  })
  void theSameValueOnceMoreIsNot(String group, String name, String value) {
    Plan plan = plan("exactly-once", option(group, name, value));
    assertDoesNotThrow(() -> new Options(plan));
  }

  @Test
  void abortedResultsMayBeReadAtLeastOnceAlone() {
    String options = option("consumer", "isolation.level", "read_uncommitted");
    assertDoesNotThrow(() -> new Options(plan("at-least-once", options)));
  }

  /** YAML invites to write names in parts: such an option would have no effect. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"flink\": {\"execution\": {\"checkpointing\": {\"interval\": \"1 s\"}}}}",
        "{\"producer\": {\"linger.ms\": [5]}}",
        "{\"producer\": {\"linger.ms\": null}}",
        "{\"consumer\": \"fetch.min.bytes=1\"}",
      })
  void anOptionWithoutOneValueIsRefused(String options) {
    Plan plan = plan("at-least-once", options);
    assertThrows(IllegalArgumentException.class, () -> new Options(plan));
  }

  @Test
  void othersWin() {
    String interval = "execution.checkpointing.interval";
    Plan plan = plan("at-least-once", option("flink", interval, "1 s"));
    assertEquals("1 s", Settings.ofJob(plan).get(interval));
  }
}
