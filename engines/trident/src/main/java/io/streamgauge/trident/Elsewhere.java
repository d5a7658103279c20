package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Drain;
import io.streamgauge.storm.Remote;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.storm.thrift.TException;

/**
 * The job as a topology on a cluster: its batches are seen in ZooKeeper, its errors through nimbus.
 * Nothing holds records back at a drain, as nothing comes any more; a batch that is under way at
 * the end comes again at the next start.
 */
final class Elsewhere implements AutoCloseable {
  private static final long LOOK_MILLIS = 200;

  private final Session session;
  private final Plan plan;
  private final Remote cluster;
  private final Offsets offsets;
  private final String name;
  private final List<Integer> stages;

  /** Connects, and kills what a former life has left. */
  Elsewhere(Session session) throws TException {
    this.session = session;
    plan = session.plan();
    name = Remote.name(plan);
    stages = IntStream.range(0, plan.job().stages().size()).boxed().toList();
    cluster = Remote.of(plan);
    cluster.kill(name, plan.readyMillis());
    offsets = new Offsets(plan, cluster.settings());
  }

  /** Runs the job until it is to end. */
  void run() throws Exception {
    Map<Integer, Long> before = new HashMap<>();
    stages.forEach(s -> before.put(s, offsets.current(s)));
    Options options = Options.of(plan);
    cluster.submit(name, Topology.config(plan, options), Topology.of(plan, options));
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.readyMillis());
    await(
        () -> {
          if (System.nanoTime() > deadline) {
            throw new IllegalStateException(
                "no batch of each stage after " + plan.readyMillis() + " ms");
          }
          return cluster.running(name)
              && stages.stream().allMatch(s -> offsets.current(s) > before.get(s));
        });
    if (!session.stopping().isDone()) {
      session.status().ready();
    }
    await(session.draining()::isDone);
    if (!session.stopping().isDone()) {
      drain();
    }
  }

  /** Waits for something, or to be stopped, and fails with the first error of a task. */
  private void await(Callable<Boolean> what) throws Exception {
    CompletableFuture<?> end = CompletableFuture.anyOf(session.draining(), session.stopping());
    while (!session.stopping().isDone() && !what.call()) {
      check();
      try {
        end.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        continue;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS); // asked to drain before it was ready
    }
  }

  private void check() throws TException {
    String error = Remote.error(cluster.nimbus(), name);
    if (error != null) {
      throw new IllegalStateException(error);
    }
  }

  private void drain() throws Exception {
    try (Drain drain = new Drain(session)) {
      for (int stage : stages) {
        boolean reached =
            drain.reached(
                plan.stageInput(stage),
                () -> {
                  check();
                  return offsets.acknowledged(stage);
                });
        if (!reached) {
          return;
        }
      }
    }
    cluster.kill(name, plan.stopMillis() / 3);
    offsets.remove(plan.stopMillis() / 3);
  }

  @Override
  public void close() throws TException {
    cluster.kill(name, plan.stopMillis() / 3);
    offsets.close();
    cluster.close();
  }
}
