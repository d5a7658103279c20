package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Status;
import org.apache.spark.streaming.scheduler.BatchInfo;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;

/**
 * Says, once a second at most, what Spark Streaming tells of itself: how long batches wait for the one before (a growing
 * delay is what backpressure is here: batches are cut by the clock and pile up) and how long they take.
 */
final class BatchListener implements StreamingListener {
  private static final long EVERY_NANOS = 1_000_000_000;

  private final Status status;
  private long said = System.nanoTime() - EVERY_NANOS;
  private long foreign;

  BatchListener(Status status) {
    this.status = status;
  }

  @Override
  public void onBatchCompleted(StreamingListenerBatchCompleted completed) {
    long now = System.nanoTime();
    if (now - said < EVERY_NANOS) {
      return;
    }
    said = now;
    BatchInfo batch = completed.batchInfo();
    status.metric("scheduling_delay", millis(batch.schedulingDelay()), "ms");
    status.metric("processing_time", millis(batch.processingDelay()), "ms");
    long counted = Progress.here().foreign();
    if (counted != foreign) {
      foreign = counted;
      status.metric("foreign_records", counted, "records");
    }
  }

  private static double millis(scala.Option<Object> ms) {
    return ms.isDefined() ? ((Number) ms.get()).doubleValue() : 0;
  }
}
