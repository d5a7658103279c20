package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Status;
import io.streamgauge.joblib.kafka.Registries;
import io.streamgauge.joblib.operator.Stage;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.errors.ApplicationRecoverableException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.errors.TransactionAbortedException;
import org.apache.storm.topology.FailedException;
import org.apache.storm.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the tasks of a topology and the adapter share: the compiled stages, how far each has come,
 * the first fault. Storm ships spouts, functions and states to its workers by serialization, so
 * they carry the plan alone and find the rest here, once in each JVM. Safe for concurrent use.
 */
final class Trial {
  private static final Logger LOG = LoggerFactory.getLogger(Trial.class);
  private static final Map<String, Trial> TRIALS = new ConcurrentHashMap<>();

  private final List<Stage> stages;
  private final List<Progress> progress = new ArrayList<>();
  private final CompletableFuture<Void> fault = new CompletableFuture<>();
  private final Map<String, AtomicReference<Object>> owners = new ConcurrentHashMap<>();

  private final boolean elsewhere;

  private Trial(Plan plan) {
    elsewhere = plan.onCluster();
    stages = Stage.compile(plan, Registries.of(plan));
    for (Stage s : stages) {
      progress.add(new Progress(s.index(), plan.partitions()));
    }
  }

  /** The trial of a plan. The first call reads the registry and compiles the job. */
  static Trial of(Plan plan) {
    return TRIALS.computeIfAbsent(plan.prefix(), p -> new Trial(plan));
  }

  Stage stage(int index) {
    return stages.get(index);
  }

  Progress progress(int stage) {
    return progress.get(stage);
  }

  List<Progress> progress() {
    return progress;
  }

  /** Batches are said on {@code status} from now on. */
  void report(Status status) {
    progress.forEach(p -> p.report(status));
  }

  /**
   * Who may change the state of a task. LocalCluster does not wait long for the threads of a worker
   * that it ends, so beside those of the next worker they may go on with a batch.
   */
  AtomicReference<Object> owner(int stage, int task) {
    return owners.computeIfAbsent(stage + " " + task, k -> new AtomicReference<>());
  }

  /** Completes exceptionally with the first fault that no replay mends. */
  CompletableFuture<Void> fault() {
    return fault;
  }

  /**
   * What a task is to throw when {@code e} has happened. Trident replays a batch that fails with a
   * FailedException. Where no replay can help the adapter hears of it: a worker that dies of it
   * would take the process along, unheard. On a cluster the worker may die: Storm reports any other
   * exception to nimbus, where the adapter finds it.
   */
  RuntimeException failure(String doing, Throwable e) {
    if (e instanceof FailedException f) {
      return f;
    }
    if (Utils.exceptionCauseIsInstanceOf(InterruptedException.class, e)
        || Utils.exceptionCauseIsInstanceOf(InterruptException.class, e)
        || Utils.exceptionCauseIsInstanceOf(ClosedByInterruptException.class, e)) {
      Thread.currentThread().interrupt(); // Storm ends the task
    } else if (mends(e)) {
      LOG.warn("{}; the batch will be replayed", doing, e);
    } else if (elsewhere) {
      return new IllegalStateException(doing + ": " + e.getMessage(), e);
    } else {
      fault.completeExceptionally(new IllegalStateException(doing, e));
    }
    return new FailedException(doing, e);
  }

  /**
   * Whether trying again can help: Kafka says so of the error or of one that caused it, or it is
   * about a transaction, which the next attempt does not go on with. A broker aborts one that has
   * lasted too long, for instance because the process stood still.
   */
  private static boolean mends(Throwable e) {
    for (Throwable c = e; c != null; c = c.getCause()) {
      if (c instanceof RetriableException
          || c instanceof ApplicationRecoverableException
          || c instanceof TransactionAbortedException
          || c instanceof TransactionAbortableException
          || c instanceof InvalidTxnStateException
          || c instanceof OutOfOrderSequenceException) {
        return true;
      }
    }
    return false;
  }
}
