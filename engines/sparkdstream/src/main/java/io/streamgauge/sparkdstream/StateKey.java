package io.streamgauge.sparkdstream;

import java.io.Serializable;

/**
 * Whose state it is: a device's in one partition of the stage's input, or that whole partition's.
 *
 * @param partition of the stage's input topic
 * @param owner stream and device as {@link io.streamgauge.joblib.record.Stamp#owner()} has them; −1
 *     for the partition
 */
record StateKey(int partition, long owner) implements Serializable {
  private static final long PARTITION = -1; // no owner: devices have 32 bits, streams 16

  static StateKey ofPartition(int partition) {
    return new StateKey(partition, PARTITION);
  }
}
