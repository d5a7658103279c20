package io.streamgauge.flinkminibatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MiniBatchesTest {
  private static final String PLAN =
      """
      {"contract": 1, "prefix": "sg.m", "guarantee": "at-least-once", "partitions": 1, "batch_interval_ms": 200,
       "topics": {"input": "in", "stages": [], "output": "out", "deadletter": "dead", "registry": ""},
       "job": {"name": "l", "stages": [{"name": "only", "do": [{"scan": {}}]}]},
       "options": %s}
      """;

  private static Map<String, String> settings(String options) {
    return MiniBatches.settings(Plan.parse(PLAN.formatted(options)));
  }

  @Test
  void theIntervalIsThePlans() {
    assertEquals("200 ms", settings("{}").get("table.exec.mini-batch.allow-latency"));
    assertEquals("100000", settings("{}").get("table.exec.mini-batch.size"));
  }

  /**
   * A table environment takes its own settings over the configuration: an option is one of them.
   */
  @Test
  void optionsWin() {
    Map<String, String> m =
        settings("{\"flink\": {\"table.exec.mini-batch.size\": 1000, \"rest.port\": 1}}");
    assertEquals("1000", m.get("table.exec.mini-batch.size"));
    assertEquals("AUTO", m.get("table.optimizer.agg-phase-strategy"));
    assertEquals(settings("{}").keySet(), m.keySet());
  }
}
