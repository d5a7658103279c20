package io.streamgauge.sparkrealtime;

import io.streamgauge.joblib.contract.Plan;

/** Plans of two stages for tests; the first one decodes metric x. */
final class Plans {
  private static int made;

  private Plans() {}

  /** A plan whose second stage has these operators. */
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
}
