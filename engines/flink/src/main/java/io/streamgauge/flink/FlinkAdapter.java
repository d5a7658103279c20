package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Adapter;
import io.streamgauge.joblib.contract.Hello;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Flink under the engine contract. */
public final class FlinkAdapter implements Adapter {
  /** Of Flink. */
  public static final String VERSION = "2.3.0";

  static final String CONNECTOR = "5.0.0-2.2";

  private final Hello hello;
  private final Aggregates aggregates;
  private final Function<Plan, Map<String, String>> more;

  /** Flink's DataStream API alone. */
  FlinkAdapter() {
    this("flink", Map.of(), Aggregating::over, plan -> Map.of());
  }

  /**
   * An engine of Flink.
   *
   * @param name the engine's
   * @param others how it does those operators that it does not do by means of its own
   * @param aggregates how it aggregates
   * @param more settings that it has for a plan beside Flink's
   */
  public FlinkAdapter(
      String name,
      Map<String, String> others,
      Aggregates aggregates,
      Function<Plan, Map<String, String>> more) {
    hello = new Hello(name, VERSION, List.of("at-least-once", "exactly-once"), Hello.fits(others));
    this.aggregates = aggregates;
    this.more = more;
  }

  @Override
  public Hello hello() {
    return hello;
  }

  @Override
  public Map<String, Object> settings(Plan plan) {
    Map<String, Object> m = new LinkedHashMap<>(Settings.shown(plan));
    m.putAll(more.apply(plan));
    return m;
  }

  @Override
  public void run(Session session) throws Exception {
    try (Life life = new Life(session, aggregates)) {
      life.run();
    }
  }
}
