package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.streamgauge.joblib.contract.Plan;
import java.util.List;
import java.util.Map;
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
    assertEquals(
        "unknown option \"sparks\"; valid: spark, source, producer, checkpoint", e.getMessage());
  }

  @Test
  void batchesAreBoundedAndReadCommittedExactlyOnceAlone() {
    assertNull(Settings.source(plan("at-least-once", "{}")).get("maxOffsetsPerTrigger"));
    assertEquals("100000", Settings.source(plan("exactly-once", "{}")).get("maxOffsetsPerTrigger"));
    assertEquals(
        "read_committed", Settings.source(plan("exactly-once", "{}")).get("kafka.isolation.level"));
  }

  @Test
  void theSourceOfAnyAdapterHasNothingThatSparkRefuses() {
    Map<String, String> m = Source.options(plan("at-least-once", "{}"));
    assertEquals("nowhere:1", m.get("kafka.bootstrap.servers"));
    assertEquals("earliest", m.get("startingOffsets"));
    assertNull(m.get("kafka.auto.offset.reset"));
    assertNull(m.get("kafka.enable.auto.commit"));
    assertNull(m.get("maxOffsetsPerTrigger")); // an adapter's own
  }

  private static Plan large(long heap, long record) {
    String json =
        plan("exactly-once", "{}")
            .json()
            .replaceFirst("\\{\"decode\": ?\\{}}", "{\"scan\": {}}")
            .replaceFirst("\"max_record_bytes\": ?\\d+", "\"max_record_bytes\": " + record)
            .replaceFirst("\"limits\": ?\\{", "\"limits\": {\"heap_bytes\": " + heap + ", ");
    return Plan.parse(json);
  }

  @Test
  void batchesOfLargeMessagesFitTheHeap() {
    long megabyte = 1 << 20;
    assertEquals("192", offsets(large(1536 * megabyte, megabyte)));
    assertEquals("100", offsets(large(1536 * megabyte, 110 * megabyte)));
    assertEquals("2000", offsets(large(1024 * 1024 * megabyte, megabyte)));
    assertEquals(
        "600000",
        Settings.producer(large(1536 * megabyte, megabyte)).get("transaction.timeout.ms"));
  }

  private static String offsets(Plan plan) {
    return Settings.source(plan).get("maxOffsetsPerTrigger");
  }

  @Test
  void hasASlotForEachTaskOfEachQuery() {
    assertEquals("local[4,4]", Settings.spark(plan("at-least-once", "{}")).get("spark.master"));
    Plan windows =
        Local.plan(
            "slots",
            "{\"window\": {\"node\": 1, \"tumbling_ms\": 10, \"metric\": \"x\", \"emit\": [\"window\"]}}");
    assertEquals("local[6,4]", Settings.spark(windows).get("spark.master"));
    Plan totals = Local.plan("slots", "{\"aggregate\": {\"node\": 1, \"metric\": \"x\"}}");
    assertEquals("local[4,4]", Settings.spark(totals).get("spark.master"));
  }

  private static Plan deployed(String deploy, String options) {
    String json = plan("at-least-once", options).json();
    return Plan.parse(json.replace("\"state_dir\"", "\"deploy\": " + deploy + ", \"state_dir\""));
  }

  private static final String REMOTE =
      "{\"kind\": \"remote\", \"addresses\": {\"master\": \"spark://far:7077\"}}";
  private static final String OWN =
      "{\"kind\": \"cluster\", \"addresses\": {\"master\": \"spark://127.0.0.1:1\"}, \"home\": \"/c\"}";

  @Test
  void aClusterOfThisMachineKeepsToLoopbackAndARemoteOneDoesNot() {
    assertEquals("127.0.0.1", Settings.spark(deployed(OWN, "{}")).get("spark.driver.bindAddress"));
    assertNull(Settings.spark(deployed(REMOTE, "{}")).get("spark.driver.bindAddress"));
    assertEquals("spark://far:7077", Settings.spark(deployed(REMOTE, "{}")).get("spark.master"));
  }

  @Test
  void aRemoteClusterNeedsACheckpointThatItSees() {
    assertEquals("/s/stage-1", Settings.checkpoint(deployed(OWN, "{}"), "stage-1"));
    assertEquals(
        "hdfs://h/x/sg.test.settings/stage-1",
        Settings.checkpoint(deployed(REMOTE, "{\"checkpoint\": \"hdfs://h/x\"}"), "stage-1"));
    assertThrows(
        IllegalArgumentException.class,
        () -> Settings.checkpoint(deployed(REMOTE, "{}"), "stage-1"));
  }

  @Test
  void whatIsNotInSparksDistributionIsHandedOver() {
    List<String> args =
        Submission.arguments(
            deployed(OWN, "{}"),
            "/l/joblib-1.jar:/l/kafka-clients-3.9.2.jar:/l/spark-1.jar:/l/spark-core_2.13-4.2.0.jar",
            new String[] {"--plan", "/p"});
    assertEquals(
        List.of(
            "--jars",
            "/l/joblib-1.jar,/l/kafka-clients-3.9.2.jar",
            "/l/spark-1.jar",
            "--plan",
            "/p"),
        args.subList(args.size() - 5, args.size()));
    assertEquals(List.of("--properties-file", "/c/spark-defaults.conf"), args.subList(8, 10));
  }

  private static final String YARN =
      "{\"kind\": \"remote\", \"addresses\": {\"master\": \"yarn\"}}";

  @Test
  void nodesOfYarnGetSparksJarsAndAnExecutorForEachTask() {
    List<String> args =
        Submission.arguments(
            deployed(YARN, "{}"),
            "/l/joblib-1.jar:/l/spark-1.jar:/l/spark-core_2.13-4.2.0.jar:/l/with space.jar",
            new String[] {"--plan", "/p"});
    assertEquals(
        List.of(
            "--num-executors",
            "2",
            "--executor-cores",
            "2",
            "--conf",
            "spark.yarn.jars=file:///l/spark-core_2.13-4.2.0.jar,file:///l/with%20space.jar",
            "--jars",
            "/l/joblib-1.jar",
            "/l/spark-1.jar"),
        args.subList(8, args.size() - 2));
  }
}
