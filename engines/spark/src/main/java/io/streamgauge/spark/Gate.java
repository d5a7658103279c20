package io.streamgauge.spark;

import java.io.Serializable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.apache.spark.TaskContext;

/**
 * Lets no new batch of a query begin. StreamingQuery.stop abandons the batch at hand, what it has
 * written comes again after a restart, and nothing in Spark says when it is safe. So the first
 * tasks of a batch ask here: once it is closed, those of later batches wait for ever, the one at
 * hand ends, and the query is stopped while it has written nothing. It works where driver and tasks
 * share a process; in other executors it is always open. A batch that Spark runs for windows alone
 * has nothing to read, hence no first tasks: there those ask that give the windows.
 */
public final class Gate implements Serializable {
  private static final long serialVersionUID = 1;

  private static final Map<String, Latch> LATCHES = new ConcurrentHashMap<>();

  private final String query;

  /** The gate of a query, by its name. */
  public Gate(String query) {
    this.query = query;
  }

  /** Called by a task before it reads anything, or gives a window. */
  void enter() throws InterruptedException {
    long batch = Long.parseLong(TaskContext.get().getLocalProperty("streaming.sql.batchId"));
    if (!latch().admit(batch)) {
      new CountDownLatch(1).await(); // until the query's stop interrupts the task
    }
  }

  /** Closes the gate; gives the last batch that has begun, -1 if there was none. */
  public long close() {
    return latch().close();
  }

  private Latch latch() {
    return LATCHES.computeIfAbsent(query, q -> new Latch());
  }

  /** What the tasks of a query in one process share. */
  static final class Latch {
    private long last = -1;
    private boolean closed;

    synchronized boolean admit(long batch) {
      if (closed && batch > last) {
        return false;
      }
      last = Math.max(last, batch);
      return true;
    }

    synchronized long close() {
      closed = true;
      return last;
    }
  }
}
