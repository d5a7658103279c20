package io.streamgauge.sparkdstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.streamgauge.joblib.contract.Plan;
import java.util.List;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static final String PLAN =
      """
      {"contract": 1, "partitions": 2, "guarantee": "at-least-once", "job": {"stages": [{"name": "a", "do": []}]},
        "topics": {"input": "in", "stages": [], "output": "out"},
        "batch_interval_ms": %d, "options": %s}
      """;

  private static Settings of(long interval, String options) {
    return new Settings(Plan.parse(PLAN.formatted(interval, options)));
  }

  @Test
  void batchesAreNotCutFasterThanTheyCanBeRun() {
    assertEquals(500, of(50, "{}").batch().milliseconds());
    assertEquals(700, of(700, "{}").batch().milliseconds());
    assertEquals(50, of(50, "{\"min_batch_interval_ms\": 20}").batch().milliseconds());
  }

  /** State that is written later than Spark remembers would be lost with a crash. */
  @Test
  void stateIsWrittenInWholeBatches() {
    assertEquals(20_300, of(700, "{}").stateCheckpoint().milliseconds());
    assertEquals(28, of(700, "{}").maxIdle());
    assertEquals(30_000, of(30_000, "{}").stateCheckpoint().milliseconds());
    assertEquals(0, of(30_000, "{}").maxIdle());
  }

  @Test
  void boundsAreOfBatches() {
    assertEquals(20_000, of(500, "{}").maxRate(true));
    assertEquals(2, of(500, "{\"max_records_per_partition\": 1}").maxRate(true));
    assertEquals(1, of(5000, "{\"max_records_per_partition\": 1}").maxRate(true));
  }

  /** What a batch has of large messages comes out of mapWithState at once. */
  @Test
  void batchesOfLargeMessagesFitAPartOfTheHeap() {
    long megabyte = 1 << 20;
    assertEquals(2 * 192, large(megabyte, "{}").maxRate(true));
    assertEquals(2 * 100, large(110 * megabyte, "{}").maxRate(true));
    assertEquals(2 * 10_000, large(1, "{}").maxRate(true));
    assertEquals(2 * 7, large(megabyte, "{\"max_records_per_partition\": 7}").maxRate(true));
    assertEquals(
        2 * 192L,
        large(megabyte, "{}").effective().get("spark.streaming.kafka.maxRatePerPartition"));
  }

  /** A fetch that waits at the end of the topic keeps the next message waiting. */
  @Test
  void whatIsReadAgainIsNotWaitedFor() {
    assertEquals("0", of(500, "{}").lookup().get("fetch.max.wait.ms"));
  }

  /** With 3 GiB and two tasks. */
  private static Settings large(long maxRecordBytes, String options) {
    String limits =
        "\"parallelism\": 2, \"limits\": {\"heap_bytes\": 3221225472, \"max_record_bytes\": "
            + maxRecordBytes
            + "}, ";
    String plan = PLAN.formatted(500, options).replace("\"do\": []", "\"do\": [{\"scan\": {}}]");
    return new Settings(Plan.parse(plan.replace("\"options\"", limits + "\"options\"")));
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThrows(IllegalArgumentException.class, () -> of(1, "{\"rate\": 1}"));
    assertThrows(
        IllegalArgumentException.class,
        () -> of(1, "{\"batches_in_flight\": -1}").batchesInFlight());
    assertThrows(
        IllegalArgumentException.class, () -> of(1, "{\"state_checkpoint_ms\": 1.5}").maxIdle());
  }

  @Test
  void aRemoteClusterNeedsACheckpointThatItSees() {
    String remote = "{\"kind\": \"remote\", \"addresses\": {\"master\": \"spark://far:7077\"}}";
    assertEquals(
        "hdfs://h/y/sg.x", deployed(remote, "{\"checkpoint\": \"hdfs://h/y\"}").checkpoint());
    assertThrows(IllegalArgumentException.class, () -> deployed(remote, "{}").checkpoint());
    assertEquals("spark://far:7077", deployed(remote, "{}").spark().get("spark.master"));
    assertFalse(deployed(remote, "{}").spark().contains("spark.driver.bindAddress"));
  }

  /** Where Spark looks for what it does not take from a checkpoint. */
  @Test
  void aDriverThatIsRestoredListensOnThisMachineAlone() {
    try {
      of(500, "{}").listenHere();
      SparkConf restored = new SparkConf(true);
      assertEquals("127.0.0.1", restored.get("spark.driver.host"));
      assertEquals("127.0.0.1", restored.get("spark.driver.bindAddress"));
    } finally {
      System.clearProperty("spark.driver.host");
      System.clearProperty("spark.driver.bindAddress");
    }
  }

  /** Its spark-defaults.conf may say otherwise: tasks would run twice at once, or skip records. */
  @Test
  void whatAClusterMayHaveOtherwiseIsSaid() {
    String remote = "{\"kind\": \"remote\", \"addresses\": {\"master\": \"spark://far:7077\"}}";
    SparkConf conf = deployed(remote, "{}").spark();
    for (String name :
        List.of("spark.speculation", "spark.streaming.kafka.allowNonConsecutiveOffsets")) {
      assertEquals("false", conf.get(name, "not said"), name);
    }
  }

  private static Settings deployed(String deploy, String options) {
    String plan = PLAN.formatted(500, options);
    return new Settings(
        Plan.parse(
            plan.replace(
                "\"options\"", "\"prefix\": \"sg.x\", \"deploy\": " + deploy + ", \"options\"")));
  }
}
