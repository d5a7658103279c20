package io.streamgauge.kstreams;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReservedTest {
  private static Plan plan(String guarantee, String options) {
    return new Rig.Setup(List.of("{\"name\": \"a\", \"do\": []}"), guarantee, 0, 1, options).plan();
  }

  private static Plan plan(String guarantee, String name, String value) {
    return plan(guarantee, "{\"streams\": {\"%s\": \"%s\"}}".formatted(name, value));
  }

  /** Kafka Streams takes each of them, and what is lost by it, it does not say. */
  @ParameterizedTest
  @CsvSource({
    "at-least-once, acks, 0",
    "at-least-once, producer.acks, 1",
    "at-least-once, producer.enable.idempotence, false",
    "exactly-once, producer.partitioner.ignore.keys, true",
    "exactly-once, consumer.auto.offset.reset, latest",
    "exactly-once, main.consumer.isolation.level, read_uncommitted",
    "exactly-once, restore.consumer.isolation.level, read_uncommitted",
    "exactly-once, processing.guarantee, at_least_once",
    "at-least-once, processing.guarantee, exactly_once_v2",
    "exactly-once, application.id, x",
    "exactly-once, processing.exception.handler, org.example.GoesOn",
    "exactly-once, topic.cleanup.policy, delete",
    "exactly-once, topic.retention.bytes, 1000",
  })
  void isRefused(String guarantee, String name, String value) {
    Plan plan = plan(guarantee, name, value);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Options.of(plan));
    String begins = "option streams: {" + name + ": " + value + "}; ";
    assertTrue(e.getMessage().startsWith(begins), e.getMessage());
  }

  @Test
  void whatChangesNothingIsNone() {
    Plan same = plan("exactly-once", "processing.guarantee", "exactly_once_v2");
    assertDoesNotThrow(() -> Options.of(same));
    Plan all = plan("at-least-once", "consumer.isolation.level", "read_uncommitted");
    assertDoesNotThrow(() -> Options.of(all));
  }

  /** Else a producer gives it up for a setting that is against it. */
  @Test
  void idempotenceIsAskedForWhereKafkaStreamsDoesNot() {
    String name = "producer.enable.idempotence";
    Plan least = plan("at-least-once", "{}");
    assertEquals("true", Settings.of(least, Options.of(least)).get(name));
    Plan exactly = plan("exactly-once", "{}");
    assertNull(Settings.of(exactly, Options.of(exactly)).get(name), "its own, and it would warn");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"streams\": {\"producer\": {\"linger.ms\": 5}}}",
        "{\"streams\": {\"poll.ms\": null}}",
        "{\"streams\": \"poll.ms=7\"}"
      })
  void whatIsNoSettingIsRefused(String options) {
    Plan plan = plan("at-least-once", options);
    assertThrows(IllegalArgumentException.class, () -> Options.of(plan));
  }
}
