package io.streamgauge.flinkminibatch;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamgauge.joblib.contract.Plan;
import java.util.LinkedHashMap;
import java.util.Map;

/** The settings of Flink's tables that make an aggregation work in batches. */
final class MiniBatches {
  private static final long DEFAULT_INTERVAL = 500;

  private MiniBatches() {}

  /** By Flink's names; entries of Flink's configuration among the plan's options win. */
  static Map<String, String> settings(Plan plan) {
    long asked = plan.batchIntervalMillis();
    Map<String, String> m = new LinkedHashMap<>();
    m.put("table.exec.mini-batch.enabled", "true");
    m.put("table.exec.mini-batch.allow-latency", (asked == 0 ? DEFAULT_INTERVAL : asked) + " ms");
    // Ends a batch before its time; 100,000 is what the engine microbatch has.
    m.put("table.exec.mini-batch.size", "100000");
    // A sum within the task that reads, then one by key: Flink's choice where both can be.
    m.put("table.optimizer.agg-phase-strategy", "AUTO");
    m.put("table.exec.state.ttl", "0 ms"); // totals are kept for ever
    JsonNode given = plan.options().path("flink");
    m.replaceAll((name, ours) -> given.path(name).asText(ours)); // Flink would take ours over it
    return m;
  }
}
