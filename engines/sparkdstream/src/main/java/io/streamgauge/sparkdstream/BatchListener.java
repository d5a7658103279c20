package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Figures;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.storage.RDDInfo;
import org.apache.spark.streaming.scheduler.BatchInfo;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;
import scala.Option;

/**
 * Passes on what Spark Streaming tells of itself: how long a batch waited for those before it, how
 * long it took, and what memory its states have. A delay that grows is what backpressure is here:
 * batches are cut by the clock and pile up.
 */
final class BatchListener implements StreamingListener {
  private final SparkContext context;

  BatchListener(SparkContext context) {
    this.context = context;
  }

  @Override
  public void onBatchCompleted(StreamingListenerBatchCompleted completed) {
    BatchInfo batch = completed.batchInfo();
    Figures.set("scheduling_delay", millis(batch.schedulingDelay()), "ms");
    Figures.set("processing_time", millis(batch.processingDelay()), "ms");
    if (!context.isStopped()) {
      Figures.set("state_memory", stateMemory(context), "bytes");
    }
  }

  /**
   * What Spark's storage tells of the RDDs that it keeps, which here are those of mapWithState and
   * no others: the states of all batches that it remembers, with what these gave.
   */
  static long stateMemory(SparkContext context) {
    return Stream.of(context.getRDDStorageInfo()).mapToLong(RDDInfo::memSize).sum();
  }

  private static double millis(Option<Object> ms) {
    return ms.isDefined() ? ((Number) ms.get()).doubleValue() : 0;
  }
}
