package io.streamgauge.sparkdstream;

import java.io.Serializable;
import java.time.Instant;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaInputDStream;
import org.apache.spark.streaming.kafka010.CanCommitOffsets;
import org.apache.spark.streaming.kafka010.OffsetRange;

/**
 * What the driver does about each batch of a stage: runs its job, unless there is nothing to do, and then, when all of its
 * results are in Kafka, and not before, lets its offsets be committed.
 */
final class Outcome implements Serializable {
  private static final long serialVersionUID = 1;

  /** The job of a batch. */
  interface Job {
    void run() throws Exception;
  }

  private final int stage;
  private final JavaInputDStream<?> in; // serializable within a checkpoint, where it is the restored stream afterwards
  private final int maxIdle;
  private int idle;

  /** @param maxIdle how many batches in a row may be passed over for having no records */
  Outcome(int stage, JavaInputDStream<?> in, int maxIdle) {
    this.stage = stage;
    this.in = in;
    this.maxIdle = maxIdle;
  }

  void of(OffsetRange[] ranges, Time batch, Job job) throws Exception {
    long records = 0;
    for (OffsetRange r : ranges) {
      records += r.count();
    }
    if (records == 0 && idle < maxIdle) {
      idle++;
    } else {
      idle = 0;
      Instant start = Instant.now();
      job.run();
      Progress.here().batch(batch, stage, records, start);
      ((CanCommitOffsets) in.inputDStream()).commitAsync(ranges);
    }
    Progress.here().done(ranges);
  }
}
