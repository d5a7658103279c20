package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Adapter;
import io.streamgauge.joblib.contract.Hello;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Flink under the engine contract. */
final class FlinkAdapter implements Adapter {
  static final String VERSION = "2.3.0";
  static final String CONNECTOR = "5.0.0-2.2";

  @Override
  public Hello hello() {
    Map<String, String> operators = new TreeMap<>();
    for (String o :
        List.of(
            "decode",
            "validate",
            "dedupe",
            "enrich",
            "calibrate",
            "filter",
            "detect",
            "window",
            "encode")) {
      operators.put(o, "native");
    }
    return new Hello("flink", VERSION, List.of("at-least-once", "exactly-once"), operators);
  }

  @Override
  public Map<String, Object> settings(Plan plan) {
    return Settings.shown(plan);
  }

  @Override
  public void run(Session session) throws Exception {
    try (Local local = new Local(session)) {
      local.run();
    }
  }
}
