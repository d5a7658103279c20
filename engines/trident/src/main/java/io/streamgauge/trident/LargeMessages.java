package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Plan;

/**
 * What a job of large messages has otherwise than other jobs. A batch is in memory at once, since
 * Trident hands a state its tuples together, so what one fetch brings of a partition, and with it a
 * batch, is bounded by the heap. A record that is larger than that comes alone.
 */
final class LargeMessages {
  /**
   * Records of a spout task in one batch at most. A claim check is a few bytes that stand for many,
   * and all of a batch are to be read before it times out.
   */
  static final int POLL_RECORDS = 2_000;

  /**
   * After which an unanswered batch comes again. One that is still being read by then is read to
   * its end all the same, and what came again waits behind it until it has timed out too.
   */
  static final int TIMEOUT_SECONDS = 600;

  /**
   * A record of 100 MB may take minutes on a busy machine, and a batch that ran into the timeout
   * would run into it again. Nobody waits for it: a batch that was killed comes again first, and
   * its task ends what was left open.
   */
  static final long TRANSACTION_MILLIS = 600_000;

  /**
   * The batches of all stages and partitions may fill this part of the heap. As much may wait in
   * the consumers, and as much in the producers.
   */
  private static final int PART_OF_HEAP = 8;

  private static final int LEAST_FETCH = 1 << 20;
  private static final int MOST_FETCH = 32 << 20;

  /** Of a worker on a cluster, where the plan does not say: Storm's default. */
  private static final long WORKER_HEAP = 768L << 20;

  private LargeMessages() {}

  /** Bytes of a partition that one fetch brings at most. */
  static int fetchBytes(Plan plan) {
    long batches = (long) plan.job().stages().size() * plan.partitions();
    return (int) Math.max(LEAST_FETCH, Math.min(MOST_FETCH, heap(plan) / PART_OF_HEAP / batches));
  }

  private static long heap(Plan plan) {
    if (plan.heapBytes() > 0) {
      return plan.heapBytes();
    }
    return plan.onCluster() ? WORKER_HEAP : Runtime.getRuntime().maxMemory();
  }
}
