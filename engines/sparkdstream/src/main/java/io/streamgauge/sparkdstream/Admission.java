package io.streamgauge.sparkdstream;

import org.apache.kafka.common.TopicPartition;
import org.apache.spark.streaming.kafka010.PerPartitionConfig;

/**
 * How many records a batch may take from a partition. DStream cuts a batch each interval, also
 * while earlier ones wait. Each has its fixed cost, so that once batches take longer than the
 * interval, on a machine with other work or while the virtual machine is cold, small ones pile up
 * faster than they can ever be run, and the delay grows for good. So while enough batches with
 * records wait, the next ones take none: they cost next to nothing, and the one after them takes
 * what has come together. The same holds for those that a restart cuts anew, see {@link
 * Progress#started}.
 */
final class Admission extends PerPartitionConfig {
  private static final long serialVersionUID = 1;

  // A second, which is none in a batch that is shorter; 0 would mean: no bound.
  private static final long NEXT_TO_NOTHING = 1;

  private final int stage;
  private final long maxRate;
  private final int inFlight;

  /**
   * @param maxRate records per second
   * @param inFlight batches with records, run and waiting, beyond which new ones take none; 0: any
   *     number
   */
  Admission(int stage, long maxRate, int inFlight) {
    this.stage = stage;
    this.maxRate = maxRate;
    this.inFlight = inFlight;
  }

  @Override
  public long maxRatePerPartition(TopicPartition p) {
    return Progress.here().admits(stage, inFlight) ? maxRate : NEXT_TO_NOTHING;
  }

  @Override
  public long minRatePerPartition(TopicPartition p) {
    return 0; // per batch, whatever its name says
  }
}
