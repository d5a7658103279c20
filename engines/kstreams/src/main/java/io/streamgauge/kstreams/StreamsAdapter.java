package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Adapter;
import io.streamgauge.joblib.contract.Hello;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Drain;
import io.streamgauge.joblib.kafka.Ends;
import io.streamgauge.joblib.kafka.Registries;
import io.streamgauge.joblib.operator.Stage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/** Runs a job as one Kafka Streams application under the contract. */
final class StreamsAdapter implements Adapter {
  private static final long SECOND = 1000;

  @Override
  public Hello hello() {
    return new Hello(
        "kstreams",
        AppInfoParser.getVersion(),
        List.of("at-least-once", "exactly-once"),
        Hello.fits(Map.of()));
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
    List<Stage> stages = Stage.compile(plan, Registries.of(plan));
    Topology topology = JobTopology.of(plan, stages, options, commits);
    KafkaStreams streams = new KafkaStreams(topology, Settings.properties(plan, options, commits));
    Life life = new Life(streams, plan.stateDir());
    GroupMembershipOperation atEnd =
        GroupMembershipOperation.REMAIN_IN_GROUP; // a restart wants its place back
    try {
      streams.start();
      life.await(life.running, session.stopping());
      if (!session.stopping().isDone()) {
        session.status().ready();
      }
      life.await(session.draining(), session.stopping());
      if (!session.stopping().isDone() && drain(session, life)) {
        atEnd = GroupMembershipOperation.LEAVE_GROUP;
      }
    } finally {
      close(streams, plan, atEnd);
    }
    life.check(); // it may have failed while it closed
  }

  /**
   * A Kafka Streams application has no end of input, but it commits what it has processed: when a
   * stage has committed the end of its input, all that it will ever write is in the next topic.
   *
   * @return false where it was told to stop meanwhile
   */
  private static boolean drain(Session session, Life life) throws Exception {
    Plan plan = session.plan();
    try (Drain drain = new Drain(session);
        Ends ends = new Ends(plan)) {
      for (int stage = 0; stage < plan.job().stages().size(); stage++) {
        String topic = plan.stageInput(stage);
        if (!drain.reached(
            topic,
            () -> {
              life.check();
              return ends.committed(plan.prefix(), topic);
            })) {
          return false;
        }
      }
    }
    return true;
  }

  /** Commits what is processed and gives the stores back. */
  private static void close(KafkaStreams streams, Plan plan, GroupMembershipOperation membership) {
    Duration within =
        Duration.ofMillis(
            Math.max(SECOND, plan.stopMillis() * 3 / 4)); // the rest is for the process to end
    if (!streams.close(CloseOptions.timeout(within).withGroupMembershipOperation(membership))) {
      System.err.println("Kafka Streams has not closed within " + within);
    }
  }

  /** What becomes of the application. */
  private static final class Life {
    private final KafkaStreams streams;
    private final Path state;
    private final CompletableFuture<Void> failed = new CompletableFuture<>();

    /** Completes when all tasks have their state and take input. */
    final CompletableFuture<Void> running = new CompletableFuture<>();

    Life(KafkaStreams streams, Path state) {
      this.streams = streams;
      this.state = state;
      streams.setUncaughtExceptionHandler(
          e -> {
            failed.completeExceptionally(e);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
          });
      streams.setStateListener(
          (now, before) -> {
            if (now == KafkaStreams.State.RUNNING) {
              running.complete(null);
            } else if (now
                == KafkaStreams.State.ERROR) { // where nothing was thrown; an exception came before
              failed.completeExceptionally(
                  new IllegalStateException("Kafka Streams went to state ERROR; its log says why"));
            }
          });
    }

    /**
     * Waits until one of {@code any} completes, and reads gauges meanwhile. Throws what the
     * application failed with.
     */
    void await(CompletableFuture<?>... any) throws Exception {
      CompletableFuture<Object> end = CompletableFuture.anyOf(failed, CompletableFuture.anyOf(any));
      while (true) {
        try {
          end.get(SECOND, TimeUnit.MILLISECONDS);
          return;
        } catch (TimeoutException e) {
          Gauges.read(streams, state);
        } catch (ExecutionException e) {
          throw e.getCause() instanceof Exception cause ? cause : e;
        }
      }
    }

    /** Throws what the application failed with, if it has. */
    void check() throws Exception {
      await(CompletableFuture.completedFuture(null));
    }
  }
}
