package io.streamgauge.joblib.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTest {
  private static Plan plan(String guarantee) {
    return Plan.parse(Plans.json(guarantee));
  }

  @Test
  void namesTheTopicsOfStages() {
    Plan p = plan("exactly-once");
    assertEquals(
        "in mid out dead reg",
        String.join(
            " ",
            p.stageInput(0),
            p.stageOutput(0),
            p.stageOutput(1),
            p.deadLetters(),
            p.registry()));
    assertEquals(p.stageOutput(0), p.stageInput(1));
  }

  @Test
  void readsWhatTheHarnessWrites() {
    Plan p = plan("exactly-once");
    assertTrue(p.exactlyOnce());
    assertFalse(plan("at-least-once").exactlyOnce());
    assertEquals("a:1,b:2", p.bootstrap());
    assertNull(p.securityFile());
    assertEquals(1, p.parallelism()); // of at least one task
    assertEquals(2, p.incarnation());
    assertEquals(15_000, p.transactionTimeoutMillis());
    assertTrue(p.options().isMissingNode());
    assertEquals("/s /l", p.stateDir() + " " + p.logDir());
  }

  @Test
  void travelsByItsText() throws Exception {
    ByteArrayOutputStream b = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(b)) {
      out.writeObject(plan("exactly-once"));
    }
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(b.toByteArray()))) {
      Plan p = (Plan) in.readObject();
      assertEquals(plan("exactly-once").job(), p.job());
      assertEquals(plan("exactly-once").json(), p.json());
    }
  }

  @Test
  void readsEveryOperator() {
    String stages =
        """
        [{"name": "s", "do": [{"decode": {}}, {"decode": {"encoding": ""}}, {"validate": {}}, {"dedupe": {"span": 1024}},
          {"enrich": {"fields": ["site"]}}, {"calibrate": {"metric": "m"}}, {"filter": {"metric": "m", "min": -5}},
          {"detect": {"node": 1, "metric": "m", "above": "threshold", "clear": 3, "emit": ["event"]}},
          {"detect": {"node": 1, "metric": "m", "above": -7, "clear": 0, "emit": null}},
          {"window": {"node": 2, "tumbling_ms": 10, "metric": "m", "emit": ["window"]}},
          {"window": {"node": 3, "hopping_ms": 10, "every_ms": 5, "metric": "m", "emit": []}}, {"encode": {"as": "canonical-json"}}]},
         {"name": "last", "do": []}]""";
    String reading =
        """
        {"device": "a.b", "time": {"path": "t", "unit": "s"}, "metrics": {"m": {"path": "x", "unit": "", "range": [-1, 9]}}}""";
    String json =
        Plans.json("at-least-once")
            .replaceFirst(
                "\"stages\": \\[\\{.*\\]",
                "\"event_time\": {\"lateness_ms\": 9}, \"reading\": "
                    + reading.strip()
                    + ", \"stages\": "
                    + stages.replace("\n", " "));
    Job job = Plan.parse(json).job();
    assertEquals(9, job.latenessMillis());
    assertEquals(List.of("a", "b"), job.reading().device());
    assertEquals(9, job.reading().metrics().get("m").range()[1]);
    List<Object> want =
        List.of(
            new Job.Decode("json"),
            new Job.Decode("json"),
            new Job.Validate(List.of(), false),
            new Job.Dedupe(1024),
            new Job.Enrich(List.of("site")),
            new Job.Calibrate("m"),
            new Job.Filter("m", -5L, null),
            new Job.Detect(1, "m", new Job.Operand("threshold", 0), 3, List.of("event")),
            new Job.Detect(1, "m", new Job.Operand(null, -7), 0, List.of()),
            new Job.Window(2, 10, 10, "m", List.of("window")),
            new Job.Window(3, 10, 5, "m", List.of()),
            new Job.Encode("canonical-json"));
    List<Object> got =
        job.stages().get(0).operators().stream().<Object>map(Job.Operator::settings).toList();
    assertEquals(want, got.subList(0, want.size()));
    assertEquals(List.of("m", "m", "site"), job.fieldsUpTo(1));
  }

  @Test
  void knowsTheClusterThatDoesTheWork() {
    Plan local = plan("at-least-once");
    assertFalse(local.onCluster() || local.onOwnCluster());
    assertNull(local.clusterHome());
    String json = Plans.json("at-least-once").strip();
    Plan own =
        Plan.parse(
            json.substring(0, json.length() - 1)
                + ",\"require\":[\"deploy\"],\"deploy\":{\"kind\":\"cluster\",\"home\":\"/h\","
                + "\"addresses\":{\"rest\":\"http://127.0.0.1:1\"}}}");
    assertTrue(own.onCluster() && own.onOwnCluster());
    assertEquals("http://127.0.0.1:1", own.address("rest"));
    assertEquals("/h", own.clusterHome().toString());
    assertThrows(IllegalArgumentException.class, () -> own.address("nimbus"));
  }
}
