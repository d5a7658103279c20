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

  private static Plan large(String more) {
    String scan = "\"do\":[{\"scan\":{}}]}";
    return Plan.parse(
        "{\"contract\":1,\"partitions\":2,\"guarantee\":\"exactly-once\",\"topics\":{\"input\":\"in\",\"stages\":[\"s\",\"t\",\"u\"]},"
            + "\"job\":{\"name\":\"j\",\"stages\":[{\"name\":\"a\","
            + scan
            + ",{\"name\":\"b\","
            + scan
            + ",{\"name\":\"c\","
            + scan
            + ",{\"name\":\"d\","
            + scan
            + "]},"
            + more
            + "}");
  }

  private static int fetchBytes(String more) {
    return Options.of(large(more)).fetchBytes();
  }

  /** Four stages of two partitions, each with a batch in an eighth of the heap. */
  @Test
  void batchesOfLargeMessagesFitTheHeap() {
    long gigabyte = 1L << 30;
    assertEquals(16 << 20, fetchBytes("\"limits\":{\"heap_bytes\":" + gigabyte + "}"));
    assertEquals(32 << 20, fetchBytes("\"limits\":{\"heap_bytes\":" + 100 * gigabyte + "}"));
    assertEquals(1 << 20, fetchBytes("\"limits\":{\"heap_bytes\":" + gigabyte / 100 + "}"));
    assertEquals(12 << 20, fetchBytes("\"deploy\":{\"kind\":\"remote\"}"), "a worker of 768 MB");
    assertEquals(5, fetchBytes("\"options\":{\"max_partition_fetch_bytes\":5}"));
    assertEquals(4 << 20, Options.of(plan("{}")).fetchBytes(), "another job");
  }

  @Test
  void aBatchOfLargeMessagesHasFewRecordsAndTheTimeThatTheyTake() {
    Plan large = large("\"options\":{}");
    assertEquals(2_000, Options.of(large).maxPollRecords());
    assertEquals(600, Options.of(large).messageTimeoutSeconds());
    assertEquals("600000", Sink.settings(large).get("transaction.timeout.ms"));
    assertEquals("600000", Sink.settings(large).get("max.block.ms"));
    assertEquals(20_000, Options.of(plan("{}")).maxPollRecords());
    assertEquals(120, Options.of(plan("{}")).messageTimeoutSeconds());
    assertEquals("10000", Sink.settings(plan("{}")).get("transaction.timeout.ms"));
  }

  @Test
  void replaysAreExactUnlessToldOtherwise() {
    assertTrue(Options.of(plan("{}")).exactReemission());
    assertFalse(Options.of(plan("{\"exact_reemission\":false}")).exactReemission());
  }

  @Test
  void theHelloLineTellsWhetherReplaysAreExact() {
    var settings = new TridentAdapter().settings(plan("{\"exact_reemission\":false}"));
    assertEquals(false, settings.get("exact_reemission"));
    assertEquals(200L, settings.get("poll_timeout_ms"));
    assertEquals(false, settings.get("zookeeper_sync"));
    assertEquals(1, settings.get("topology.max.spout.pending"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"max_poll\":5}",
        "{\"max_poll_records\":0}",
        "{\"max_poll_records\":\"5\"}",
        "{\"max_spout_pending\":1.5}",
        "{\"zookeeper_sync\":1}",
        "{\"topology.acker.executors\":0}",
        "{\"topology.worker.childopts\":[\"-Xmx2g\"]}",
        "{\"topology.acker.executors\":null}",
        "{\"poll_timeout_ms\":4294967296}"
      })
  void refusesWhatItDoesNotUnderstand(String options) {
    assertThrows(IllegalArgumentException.class, () -> Options.of(plan(options)));
  }
}
