package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Adapter;
import io.streamgauge.joblib.contract.Hello;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Registries;
import io.streamgauge.joblib.operator.Stage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/** Runs a job as one Kafka Streams application under the contract. */
final class StreamsAdapter implements Adapter {
  private static final Duration REPORT_EVERY = Duration.ofSeconds(1);

  @Override
  public Hello hello() {
    Map<String, String> operators = new java.util.TreeMap<>();
    for (String o : List.of("decode", "validate", "dedupe", "enrich", "calibrate", "filter", "detect", "window", "encode")) {
      operators.put(o, "native");
    }
    return new Hello("kstreams", AppInfoParser.getVersion(), List.of("at-least-once", "exactly-once"), operators);
  }

  @Override
  public Map<String, Object> settings(Plan plan) {
    return Sheet.of(plan, Options.of(plan));
  }

  @Override
  public void run(Session session) throws Exception {
    Plan plan = session.plan();
    Options options = Options.of(plan);
    Commits commits = new Commits(plan.exactlyOnce());
    LongAdder foreign = new LongAdder();
    List<Stage> stages = Stage.compile(plan, Registries.of(plan));
    Topology topology = JobTopology.of(plan, stages, options, commits, foreign);
    KafkaStreams streams = new KafkaStreams(topology, Settings.properties(plan, options, commits));
    CompletableFuture<Void> running = new CompletableFuture<>();
    CompletableFuture<Void> failed = watch(streams, running);
    Figures figures = new Figures(streams, foreign, session.status());
    try {
      streams.start();
      await(failed, running, session.stopping());
      if (!session.stopping().isDone()) {
        session.status().ready();
      }
      while (!await(failed, REPORT_EVERY, session.draining(), session.stopping())) {
        figures.report();
      }
      if (!session.stopping().isDone()) {
        drain(session, failed);
      }
      figures.report();
    } finally {
      close(streams, plan);
    }
    await(failed, CompletableFuture.completedFuture(null)); // it may have failed while it closed
  }

  /** Completes {@code running} when all tasks have their state and take input. What it gives fails when the engine does. */
  private static CompletableFuture<Void> watch(KafkaStreams streams, CompletableFuture<Void> running) {
    CompletableFuture<Void> failed = new CompletableFuture<>();
    streams.setUncaughtExceptionHandler(e -> {
      failed.completeExceptionally(e);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.RUNNING) {
        running.complete(null);
      } else if (now == KafkaStreams.State.ERROR) {
        failed.completeExceptionally(new IllegalStateException("Kafka Streams is in state ERROR; its log says why"));
      }
    });
    return failed;
  }

  private static void drain(Session session, CompletableFuture<Void> failed) throws Exception {
    try (Drain drain = new Drain(session.plan())) {
      while (!drain.done() && !await(failed, Drain.POLL, session.stopping())) {}
    }
  }

  /** Commits what is processed and gives the stores back; the members stay in the group, since a restart will want them. */
  private static void close(KafkaStreams streams, Plan plan) {
    long within = Math.max(1000, plan.stopMillis() * 3 / 4);
    if (!streams.close(Duration.ofMillis(within))) {
      System.err.println("Kafka Streams has not closed within " + within + " ms");
    }
  }

  private static void await(CompletableFuture<Void> failed, CompletableFuture<?>... any) throws Exception {
    while (!await(failed, REPORT_EVERY, any)) {}
  }

  /** Waits until one of {@code any} completes. Gives false where none did in time; throws what {@code failed} failed with. */
  private static boolean await(CompletableFuture<Void> failed, Duration within, CompletableFuture<?>... any) throws Exception {
    try {
      CompletableFuture.anyOf(failed, CompletableFuture.anyOf(any)).get(within.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
