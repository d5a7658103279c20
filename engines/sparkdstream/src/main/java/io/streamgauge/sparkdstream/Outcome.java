package io.streamgauge.sparkdstream;

import java.io.Serializable;
import java.time.Instant;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaInputDStream;
import org.apache.spark.streaming.kafka010.CanCommitOffsets;
import org.apache.spark.streaming.kafka010.OffsetRange;

/**
 * What the driver does about each batch of a stage: runs its job, unless there is nothing to do,
 * and then, when all of its results are in Kafka, and not before, lets its offsets be committed.
 */
final class Outcome implements Serializable {
  private static final long serialVersionUID = 1;

  /** The job of a batch. */
  interface Job {
    void run() throws Exception;
  }

  private final int stage;
  private final JavaInputDStream<?>
      in; // serializable within a checkpoint, where it is the restored stream afterwards
  private final int maxIdle;
  private int idle;

  /**
   * @param maxIdle how many batches in a row may be passed over for having no records
   */
  Outcome(int stage, JavaInputDStream<?> in, int maxIdle) {
    this.stage = stage;
    this.in = in;
    this.maxIdle = maxIdle;
  }

  void of(Time batch, Job job) throws Exception {
    Progress progress = Progress.here();
    progress.proceed();
    try {
      work(progress.run(stage, batch), batch, job);
    } catch (Throwable t) {
      progress
          .broken(); // Spark would go on with the batches behind this one, and commit their offsets
      // over its own
      throw t;
    }
    progress.over(stage, batch);
  }

  /**
   * @param ranges null where the batch's state was found on disk: its answers, too, but not where
   *     they came from
   */
  private void work(OffsetRange[] ranges, Time batch, Job job) throws Exception {
    long records = ranges == null ? 0 : Progress.records(ranges);
    if (ranges != null && records == 0 && idle < maxIdle) {
      idle++;
    } else {
      Instant start = Instant.now();
      job.run();
      idle = 0; // a checkpoint that is written meanwhile has this one among those to be run
      Progress.here().say(batch, stage, records, start);
    }
    if (records > 0) {
      ((CanCommitOffsets) in.inputDStream()).commitAsync(ranges);
    }
    if (ranges != null) {
      Progress.here().done(batch, ranges);
    }
  }
}
