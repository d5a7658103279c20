package io.streamgauge.sparkdstream;

import java.util.List;
import org.apache.spark.NarrowDependency;
import org.apache.spark.Partition;
import org.apache.spark.Partitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.kafka010.OffsetRange;
import scala.Option;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;

/**
 * A batch of the direct stream that says how it is partitioned: partition p is Kafka's partition p.
 * mapWithState shuffles a batch whose partitioner is not that of the state, although Kafka has all
 * readings of a device in one partition already. With this in between there is no shuffle: a stage
 * with state is one task for each Kafka partition, and arrivals stay in the order of their offsets,
 * which Spark does not promise behind a shuffle.
 */
final class InPlace<T> extends RDD<T> {
  private static final long serialVersionUID = 1;

  private final ByKafkaPartition partitioner;

  private InPlace(
      RDD<T> batch, Reordering<T> order, ByKafkaPartition partitioner, ClassTag<T> type) {
    super(batch.sparkContext(), seq(List.of(order)), type);
    this.partitioner = partitioner;
  }

  /**
   * Puts a batch's partitions into Kafka's order.
   *
   * @param batch an RDD of the direct stream, after narrow transformations only: its partitions are
   *     the ranges, one by one
   * @param ranges one for every partition of the topic, in any order
   */
  static <T> RDD<T> of(RDD<T> batch, OffsetRange[] ranges, ByKafkaPartition partitioner) {
    int[] at = new int[ranges.length];
    for (int i = 0; i < ranges.length; i++) {
      at[ranges[i].partition()] = i;
    }
    return new InPlace<>(batch, new Reordering<>(batch, at), partitioner, batch.elementClassTag());
  }

  @Override
  public Option<Partitioner> partitioner() {
    return Option.apply(partitioner);
  }

  @Override
  public Partition[] getPartitions() {
    Reordering<?> order = (Reordering<?>) dependencies().head();
    Partition[] batch = order.rdd().partitions();
    Partition[] slots = new Partition[batch.length];
    for (int p = 0; p < slots.length; p++) {
      slots[p] = new Slot(p, batch[order.at[p]]);
    }
    return slots;
  }

  @Override
  public Iterator<T> compute(Partition slot, TaskContext task) {
    return this.<T>firstParent(elementClassTag()).iterator(((Slot) slot).batch(), task);
  }

  private static <E> Seq<E> seq(List<E> list) {
    return CollectionConverters.asScala(list).toSeq();
  }

  /** Partition p depends on the batch's partition {@code at[p]}. */
  private static final class Reordering<T> extends NarrowDependency<T> {
    private static final long serialVersionUID = 1;

    private final int[] at;

    Reordering(RDD<T> batch, int[] at) {
      super(batch);
      this.at = at;
    }

    @Override
    public Seq<Object> getParents(int partition) {
      return seq(List.of(at[partition]));
    }
  }

  /** One partition, and the one of the batch that fills it. */
  private record Slot(int index, Partition batch) implements Partition {}
}
