package io.streamgauge.sparkdstream;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import scala.Tuple2;

/**
 * Puts what a shuffle brought for one Kafka partition back into the order of its offsets. Spark promises no order behind a
 * shuffle; as there is one sender for each partition, there is mostly nothing to do.
 */
final class InOrder implements PairFlatMapFunction<Iterator<Tuple2<StateKey, Arrival>>, StateKey, Arrival> {
  private static final long serialVersionUID = 1;

  @Override
  public Iterator<Tuple2<StateKey, Arrival>> call(Iterator<Tuple2<StateKey, Arrival>> arrivals) {
    return sorted(arrivals).iterator();
  }

  private static List<Tuple2<StateKey, Arrival>> sorted(Iterator<Tuple2<StateKey, Arrival>> arrivals) {
    List<Tuple2<StateKey, Arrival>> list = new ArrayList<>();
    arrivals.forEachRemaining(list::add);
    list.sort(Comparator.comparingLong(a -> a._2().offset()));
    return list;
  }

  /** The same, with all of a partition's arrivals under its one key: for state that the whole partition shares. */
  static final class Together implements PairFlatMapFunction<Iterator<Tuple2<StateKey, Arrival>>, StateKey, Arrival[]> {
    private static final long serialVersionUID = 1;

    @Override
    public Iterator<Tuple2<StateKey, Arrival[]>> call(Iterator<Tuple2<StateKey, Arrival>> arrivals) {
      List<Tuple2<StateKey, Arrival>> list = sorted(arrivals);
      if (list.isEmpty()) {
        return List.<Tuple2<StateKey, Arrival[]>>of().iterator();
      }
      StateKey key = StateKey.ofPartition(list.get(0)._1().partition());
      return List.of(new Tuple2<>(key, list.stream().map(Tuple2::_2).toArray(Arrival[]::new))).iterator();
    }
  }
}
