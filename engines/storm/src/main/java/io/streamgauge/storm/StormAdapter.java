package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Adapter;
import io.streamgauge.joblib.contract.Hello;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Registries;
import io.streamgauge.joblib.operator.Stage;
import java.util.List;
import java.util.Map;

/** Storm's core under the contract, in this process or as the client of a cluster. */
final class StormAdapter implements Adapter {
  private static final String VERSION = "2.8.3";

  @Override
  public Hello hello() {
    return new Hello(
        "storm",
        VERSION,
        List.of("at-least-once"),
        Hello.fits(Map.of("window", "adapted", "reassemble", "absent")));
  }

  @Override
  public Map<String, Object> settings(Plan plan) {
    return Settings.effective(plan, Options.of(plan));
  }

  @Override
  public void run(Session session) throws Exception {
    Plan plan = session.plan();
    if (plan.exactlyOnce()) {
      throw new IllegalArgumentException(
          "Storm's core acknowledges tuples: it is at least once; for exactly-once take trident");
    }
    Options options = Options.of(plan);
    List<Stage> stages = Stage.compile(plan, Registries.of(plan));
    try (Cluster cluster = cluster(plan);
        Running running = new Running(session, cluster, stages)) {
      cluster.submit(
          Remote.name(plan), Settings.topology(plan, options), Topology.of(plan, stages, options));
      run(session, running);
    }
  }

  /** Storm in this process, or that which the plan names, without what a former life has left. */
  private static Cluster cluster(Plan plan) throws Exception {
    if (!plan.onCluster()) {
      return Local.start(plan.stateDir().resolve("local"), plan.readyMillis());
    }
    Remote remote = Remote.of(plan);
    remote.kill(Remote.name(plan), plan.readyMillis());
    return remote;
  }

  private static void run(Session session, Running running) throws Exception {
    running.awaitReady();
    if (!session.stopping().isDone()) {
      session.status().ready();
    }
    running.awaitEnd();
    if (session.stopping().isDone()) {
      running.settle();
    } else {
      running.drain();
    }
  }
}
