package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Adapter;
import io.streamgauge.joblib.contract.Hello;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Ends;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/** Runs a plan's job as one topology on a Storm in this process, or on a cluster. */
final class TridentAdapter implements Adapter {
  private static final String VERSION = "2.8.3";

  @Override
  public Hello hello() {
    return new Hello(
        "trident",
        VERSION,
        List.of("at-least-once", "exactly-once"),
        Hello.fits(Map.of("window", "adapted", "scan", "adapted")));
  }

  @Override
  public Map<String, Object> settings(Plan plan) {
    Options options = Options.of(plan);
    Map<String, Object> m = new LinkedHashMap<>();
    m.put("guarantee", plan.exactlyOnce() ? "exactly-once" : "at-least-once");
    m.put("parallelism", Topology.tasks(plan));
    m.put("poll_timeout_ms", options.pollTimeoutMillis());
    m.put("exact_reemission", options.exactReemission());
    if (!plan.onCluster()) {
      m.put("zookeeper_sync", options.zookeeperSync());
    }
    m.putAll(Topology.config(plan, options));
    Topology.consumer(plan, options).forEach((k, v) -> m.put("consumer." + k, v));
    Sink.settings(plan).forEach((k, v) -> m.put("producer." + k, v));
    return m;
  }

  @Override
  public void run(Session session) throws Exception {
    Plan plan = session.plan();
    Options options = Options.of(plan);
    if (plan.onCluster()) {
      try (Elsewhere topology = new Elsewhere(session)) {
        topology.run();
      }
      return;
    }
    announceDeath(session);
    Trial trial = Trial.of(plan);
    trial.report(session.status());
    new Local(plan, options).submit(Topology.of(plan, options));
    if (await(session, trial, all(trial.progress().stream().map(Progress::first)))) {
      session.status().ready();
      await(session, trial, session.draining());
    }
    end(session, trial);
  }

  /**
   * A worker that meets an error of Storm's own ends the process, with a line in the log. A
   * contract's end runs no hooks.
   */
  private static void announceDeath(Session session) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () ->
                    session
                        .status()
                        .fault(
                            new IllegalStateException(
                                "Storm has ended the process, or a signal has; the log says what"
                                    + " was before"),
                            true)));
  }

  private static CompletableFuture<Void> all(Stream<CompletableFuture<Void>> futures) {
    return CompletableFuture.allOf(futures.toArray(CompletableFuture<?>[]::new));
  }

  /**
   * Waits for {@code event}. False where the engine is to stop instead.
   *
   * @throws Exception the fault, if there is one first
   */
  private static boolean await(Session session, Trial trial, CompletableFuture<Void> event)
      throws Exception {
    try {
      CompletableFuture.anyOf(event, session.stopping(), trial.fault()).get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
    return event.isDone() && !session.stopping().isDone();
  }

  /** Drains, if that is what it is, and lets the batches under way come to their end. */
  private static void end(Session session, Trial trial) throws Exception {
    Plan plan = session.plan();
    if (!session.stopping().isDone()) {
      drain(session, trial);
    }
    CompletableFuture<Void> idle = all(trial.progress().stream().map(Progress::halt));
    try {
      CompletableFuture.anyOf(idle, trial.fault())
          .get(plan.stopMillis() / 2, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      System.err.println("a batch is still under way; it is replayed at the next start");
    }
  }

  private static void drain(Session session, Trial trial) throws Exception {
    Plan plan = session.plan();
    try (Ends ends = new Ends(plan)) {
      for (Progress stage : trial.progress()) {
        Map<Integer, Long> limits = new HashMap<>();
        for (Map.Entry<TopicPartition, Long> end :
            ends.of(plan.stageInput(stage.stage())).entrySet()) {
          limits.put(end.getKey().partition(), end.getValue());
        }
        if (!await(session, trial, stage.drain(limits))) {
          return;
        }
      }
    }
  }
}
