package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

class PipelinesTest {
  private static final String PLAN =
      """
      {"contract": 1, "prefix": "pipelines", "guarantee": "exactly-once", "partitions": 1, "commit_interval_ms": 100,
       "brokers": {"bootstrap": ["localhost:1"]}, "limits": {"max_record_bytes": 1000}, "state_dir": "/nonexistent",
       "topics": {"input": "in", "stages": ["mid"], "output": "out", "deadletter": "dead", "registry": ""},
       "job": {"name": "l", "stages": [
         {"name": "first", "do": [{"reassemble": {}}]}, {"name": "last", "do": [{"scan": {}}]}]}}
      """;

  /** Flink finds state again by the operators' ids, and refuses a job with two of one id. */
  @Test
  void operatorsOfLargeMessagesHaveIdsOfTheirOwn() {
    Plan plan = Plan.parse(PLAN);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(Settings.configuration(plan));
    Pipelines.build(env, plan, Aggregating::over);
    int stages = 2;
    int exchanges = 2; // each cuts a stage in two
    assertEquals(stages + exchanges, env.getStreamGraph().getJobGraph().getNumberOfVertices());
  }
}
