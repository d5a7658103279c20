package io.streamgauge.sparkrealtime;

import io.streamgauge.joblib.contract.Plan;

/** Plans of two stages for tests. */
final class Plans {
  private static int made;

  private Plans() {}

  /** A plan whose second stage has these operators; the first one decodes metric x. */
  static Plan of(String operators, String options) {
    return Plan.parse(
        """
        {"contract": 1, "engine": "spark-realtime", "instance": "i", "incarnation": 1, "partitions": 2, "prefix": "sg.test.%d",
         "brokers": {"bootstrap": ["nowhere:1"]}, "guarantee": "at-least-once", "parallelism": 2, "options": %s,
         "topics": {"input": "in", "stages": ["mid"], "output": "out", "deadletter": "dead", "registry": ""},
         "job": {"name": "test", "event_time": {"lateness_ms": 5000},
           "reading": {"device": "id", "time": {"path": "t"}, "metrics": {"x": {"path": "x"}}},
           "stages": [{"name": "one", "do": [{"decode": {}}]}, {"name": "two", "do": [%s]}]},
         "commit_interval_ms": 100, "batch_interval_ms": 100, "event_time_min": -100000, "event_time_max": 100000,
         "limits": {"max_record_bytes": 1000000}, "state_dir": "/s", "log_dir": "/l"}
        """
            .formatted(made++, options, operators));
  }

  /** A job of large messages in two stages, of which the first has this operator. */
  static Plan large(String operator, long maxRecordBytes) {
    return Plan.parse(
        """
        {"contract": 1, "engine": "spark-realtime", "instance": "i", "incarnation": 1, "partitions": 2, "prefix": "sg.test.%d",
         "brokers": {"bootstrap": ["nowhere:1"]}, "guarantee": "at-least-once", "parallelism": 2,
         "topics": {"input": "in", "stages": ["mid"], "output": "out", "deadletter": "dead", "registry": ""},
         "job": {"name": "large", "stages": [{"name": "one", "do": [{"%s": {}}]}, {"name": "two", "do": [{"scan": {}}]}]},
         "commit_interval_ms": 100, "batch_interval_ms": 100, "event_time_min": -100000, "event_time_max": 100000,
         "limits": {"max_record_bytes": %d}, "state_dir": "/s", "log_dir": "/l"}
        """
            .formatted(made++, operator, maxRecordBytes));
  }
}
