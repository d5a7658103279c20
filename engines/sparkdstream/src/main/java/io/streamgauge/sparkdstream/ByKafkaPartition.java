package io.streamgauge.sparkdstream;

import org.apache.spark.Partitioner;

/**
 * State lies where its readings come from: in the partition of the state that has the number of the
 * Kafka partition. Spark's own hash of the device would spread a Kafka partition's devices over
 * tasks, whose outputs would be out of each other's order by up to a batch: event time would run
 * backwards for the windows of a later stage.
 */
final class ByKafkaPartition extends Partitioner {
  private static final long serialVersionUID = 1;

  private final int partitions;

  ByKafkaPartition(int partitions) {
    this.partitions = partitions;
  }

  @Override
  public int numPartitions() {
    return partitions;
  }

  @Override
  public int getPartition(Object key) {
    return ((StateKey) key).partition();
  }

  // mapWithState compares the partitioners of data and state, one of which may come from a
  // checkpoint.
  @Override
  public boolean equals(Object o) {
    return o instanceof ByKafkaPartition p && p.partitions == partitions;
  }

  @Override
  public int hashCode() {
    return partitions;
  }
}
