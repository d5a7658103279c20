package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.InRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.storm.topology.FailedException;
import org.apache.storm.trident.state.State;

/**
 * The Trident state of one task of a stage: what its operator remembers of the task's partitions,
 * and what has been written to Kafka. Trident calls {@link #beginCommit}, the updater and {@link
 * #commit} for one batch after the other in the order of transaction ids, and acknowledges a batch
 * when its commit has returned.
 */
final class StageState implements State {
  private static final String REPLACED = "another task has taken over";

  private final Plan plan;
  private final Trial trial;
  private final Stage stage;
  private final Sinks sinks;
  private final AtomicReference<Object> owner;
  private final Map<Integer, PartitionState> partitions = new HashMap<>();
  private final Map<Integer, Part> batch = new HashMap<>(); // by partition
  private Part last; // of the last record: those of a partition come together
  private Sink sink; // null: to be opened
  private long txid;

  /** What a partition has of the batch. */
  private static final class Part {
    final int partition;
    final PartitionState state;
    long next; // the offset after its last record

    Part(int partition, PartitionState state) {
      this.partition = partition;
      this.state = state;
    }
  }

  /** Opens a sink, after which Kafka says what has been written. */
  interface Sinks {
    Sink open() throws Exception;
  }

  StageState(Plan plan, int stage, int task) {
    this(
        plan,
        stage,
        task,
        () ->
            plan.exactlyOnce()
                ? TransactionalSink.open(plan, stage, task)
                : Sink.open(plan, stage));
  }

  StageState(Plan plan, int stage, int task, Sinks sinks) {
    this.plan = plan;
    this.sinks = sinks;
    trial = Trial.of(plan);
    this.stage = trial.stage(stage);
    owner = trial.owner(stage, task);
    synchronized (owner) { // a commit of another one comes to its end first
      owner.set(this);
    }
  }

  @Override
  public void beginCommit(Long txid) {
    this.txid = txid;
    batch.clear();
    last = null;
    try {
      checkOwner(); // a sink of its own would end the transaction of its successor
      if (sink == null) {
        sink = sinks.open();
      }
    } catch (Exception | LinkageError e) {
      throw failed("beginning", e);
    }
  }

  /**
   * Takes a record of the batch and its step. Records of a partition come in the order of their
   * offsets.
   */
  void apply(InRecord in, Object step) {
    try {
      if (last == null || last.partition != in.partition()) {
        last = part(in);
      }
      last.next = in.offset() + 1;
      last.state.apply(txid, step, sink::send);
    } catch (Exception | LinkageError e) {
      throw failed(
          "processing the record at offset "
              + in.offset()
              + " of partition "
              + in.partition()
              + " in",
          e);
    }
  }

  /** Ends the batch: all of its records have been taken. */
  void end() {
    try {
      for (Part p : batch.values()) {
        p.state.end(txid, sink::send);
      }
    } catch (Exception | LinkageError e) {
      throw failed("ending", e);
    }
  }

  private Part part(InRecord in) throws IOException {
    Part p = batch.get(in.partition());
    if (p == null) {
      sink.begins(txid, in.partition(), in.offset());
      p = new Part(in.partition(), partition(in.partition()));
      batch.put(in.partition(), p);
    }
    return p;
  }

  private PartitionState partition(int partition) throws IOException {
    PartitionState p = partitions.get(partition);
    if (p == null) {
      p = open(partition);
      partitions.put(partition, p);
    }
    return p;
  }

  /** A task that was replaced opens nothing: it would clear up beside its successor. */
  private PartitionState open(int partition) throws IOException {
    Path file =
        plan.stateDir()
            .resolve("stage-" + stage.index())
            .resolve("partition-" + partition + ".log");
    synchronized (owner) {
      checkOwner();
      return new PartitionState(stage, file, sink.written(partition));
    }
  }

  private void checkOwner() {
    if (owner.get() != this) {
      throw new FailedException(REPLACED);
    }
  }

  @Override
  public void commit(Long txid) {
    try {
      synchronized (owner) {
        checkOwner();
        Map<Integer, Long> next = new HashMap<>();
        batch.forEach((partition, p) -> next.put(partition, p.next));
        sink.commit(txid, next);
        for (Part p : batch.values()) {
          p.state.commit(txid);
        }
      }
    } catch (Exception | LinkageError e) {
      throw failed("committing", e);
    }
  }

  /**
   * Forgets everything, so that the batch finds what Kafka and the log have when it comes again: a
   * transaction that was under way may have been committed or not.
   */
  private RuntimeException failed(String doing, Throwable e) {
    for (PartitionState p : partitions.values()) {
      close(p);
    }
    partitions.clear();
    close(sink);
    sink = null;
    boolean files = e instanceof IOException || e instanceof UncheckedIOException;
    boolean replaced = files && owner.get() != this; // its successor may have cleared them up
    return trial.failure(
        doing + " batch " + txid + " of stage " + stage.index(),
        replaced ? new FailedException(REPLACED, e) : e);
  }

  private static void close(AutoCloseable c) {
    try {
      if (c != null) {
        c.close();
      }
    } catch (Exception e) {
      // What is given up may be broken; the error that led here is the one to tell.
    }
  }
}
