package io.streamgauge.spark;

/**
 * What a lane has written last, and so what a task has to write: the next batch, and nothing where
 * the same task comes with the same batch again. Anything else that would be left out is lost, and
 * is refused.
 */
final class Committed {
  private static final long UNKNOWN = -1; // it was written by a former life, or elsewhere

  private final String lane;
  private long batch;
  private long task = UNKNOWN;

  /**
   * As the markers have it.
   *
   * @param batch -1 for none
   */
  Committed(String lane, long batch) {
    this.lane = lane;
    this.batch = batch;
  }

  /**
   * Whether a task has to write a batch; false if that has been done.
   *
   * @param by Spark's number of the task's partition, which an attempt that comes again has too
   * @throws IllegalStateException where the rows would be lost
   */
  boolean lacks(long next, long by) {
    if (next < batch) {
      throw new IllegalStateException(
          ("batch %d comes to lane %s, which has batch %d: the checkpoint is older than the topics;"
                  + " bring it back, or begin anew with other topics")
              .formatted(next, lane, batch));
    }
    if (next == batch && task != UNKNOWN && task != by) {
      throw new IllegalStateException(
          "BUG: tasks %d and %d of batch %d write to lane %s".formatted(task, by, batch, lane));
    }
    return next > batch;
  }

  /** A task has written a batch. */
  void wrote(long batch, long by) {
    this.batch = batch;
    task = by;
  }
}
