package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Figures;
import org.apache.spark.streaming.scheduler.BatchInfo;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;
import scala.Option;

/**
 * Passes on what Spark Streaming tells of itself: how long a batch waited for those before it and
 * how long it took. A delay that grows is what backpressure is here: batches are cut by the clock
 * and pile up.
 */
final class BatchListener implements StreamingListener {
  @Override
  public void onBatchCompleted(StreamingListenerBatchCompleted completed) {
    BatchInfo batch = completed.batchInfo();
    Figures.set("scheduling_delay", millis(batch.schedulingDelay()), "ms");
    Figures.set("processing_time", millis(batch.processingDelay()), "ms");
  }

  private static double millis(Option<Object> ms) {
    return ms.isDefined() ? ((Number) ms.get()).doubleValue() : 0;
  }
}
