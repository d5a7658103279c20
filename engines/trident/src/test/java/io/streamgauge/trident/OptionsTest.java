package io.streamgauge.trident;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
  private static Plan plan(String options) {
    return Plan.parse(
        "{\"contract\":1,\"partitions\":2,\"parallelism\":4,\"guarantee\":\"exactly-once\",\"batch_interval_ms\":250,"
            + "\"topics\":{\"input\":\"in\",\"stages\":[]},\"job\":{\"name\":\"j\",\"stages\":[{\"name\":\"a\",\"do\":[]}]},\"options\":"
            + options
            + "}");
  }

  @Test
  void stormGetsThePlansIntervalAndItsOwnSettings() {
    Plan plan =
        plan(
            "{\"max_poll_records\":5,\"topology.acker.executors\":2,\"topology.stats.sample.rate\":0.5}");
    var storm = Topology.config(plan, Options.of(plan));
    assertEquals(250L, storm.get("topology.trident.batch.emit.interval.millis"));
    assertEquals(2L, storm.get("topology.acker.executors"));
    assertEquals(0.5, storm.get("topology.stats.sample.rate"));
    assertEquals(true, storm.get("topology.enable.message.timeouts"));
    var consumer = Topology.consumer(plan, Options.of(plan));
    assertEquals(5, consumer.get("max.poll.records"));
    assertEquals("read_committed", consumer.get("isolation.level"));
    assertEquals(2, Topology.tasks(plan)); // a task beyond the partitions would have nothing to do
  }

  @Test
  void replaysAreExactUnlessToldOtherwise() {
    assertTrue(Options.of(plan("{}")).exactReemission());
    assertFalse(Options.of(plan("{\"exact_reemission\":false}")).exactReemission());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"max_poll\":5}",
        "{\"max_poll_records\":0}",
        "{\"max_poll_records\":\"5\"}",
        "{\"max_spout_pending\":1.5}",
        "{\"zookeeper_sync\":1}",
        "{\"poll_timeout_ms\":4294967296}"
      })
  void refusesWhatItDoesNotUnderstand(String options) {
    assertThrows(IllegalArgumentException.class, () -> Options.of(plan(options)));
  }
}
