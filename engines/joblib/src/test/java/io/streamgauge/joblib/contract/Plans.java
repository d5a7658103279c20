package io.streamgauge.joblib.contract;

/** Plans for tests. */
public final class Plans {
  private Plans() {}

  /** A plan of two stages that copy. */
  public static String json(String guarantee) {
    return """
        {"contract": 1, "require": ["job", "topics"], "engine": "e", "instance": "i", "incarnation": 2,
         "brokers": {"bootstrap": ["a:1", "b:2"]},
         "topics": {"input": "in", "stages": ["mid"], "output": "out", "deadletter": "dead", "registry": "reg"},
         "partitions": 2, "prefix": "sg.x", "guarantee": "%s", "parallelism": 0,
         "job": {"name": "identity", "stages": [{"name": "one", "do": null}, {"name": "two", "do": null}]},
         "commit_interval_ms": 100, "batch_interval_ms": 5000, "deadlines": {"ready_ms": 1, "drain_ms": 2, "stop_ms": 3},
         "limits": {"max_record_bytes": 2000000}, "state_dir": "/s", "log_dir": "/l", "more": {"unknown": []}}
        """
        .formatted(guarantee);
  }
}
