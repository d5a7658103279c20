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

  private static final String WINDOW =
      """
      {"contract": 1, "prefix": "pipelines-window", "guarantee": "exactly-once", "partitions": 2, "parallelism": 2,
       "commit_interval_ms": 100, "brokers": {"bootstrap": ["localhost:1"]}, "limits": {"max_record_bytes": 1000},
       "state_dir": "/nonexistent",
       "topics": {"input": "in", "stages": [], "output": "out", "deadletter": "dead", "registry": ""},
       "job": {"name": "w", "reading": {"device": "id", "time": {"path": "t"}, "metrics": {"x": {"path": "x"}}},
               "event_time": {"lateness_ms": 0},
               "stages": [{"name": "only", "do": [
                 {"decode": {}}, {"window": {"node": 1, "metric": "x", "emit": ["window"], "tumbling_ms": 1000}}]}]}}
      """;

  private static int tasks(String json) {
    Plan plan = Plan.parse(json);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(Settings.configuration(plan));
    Pipelines.build(env, plan, Aggregating::over);
    return env.getStreamGraph().getJobGraph().getNumberOfVertices();
  }

  /** Flink finds state again by the operators' ids, and refuses a job with two of one id. */
  @Test
  void operatorsOfLargeMessagesHaveIdsOfTheirOwn() {
    int stages = 2;
    int exchanges = 2; // each cuts a stage in two
    assertEquals(stages + exchanges, tasks(PLAN));
  }

  /** What remembers watermarks is in the task of what says them, or of what they close. */
  @Test
  void aWindowCutsItsStageOnce() {
    assertEquals(2, tasks(WINDOW));
  }
}
