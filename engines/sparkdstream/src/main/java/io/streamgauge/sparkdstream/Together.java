package io.streamgauge.sparkdstream;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import scala.Tuple2;

/**
 * Puts all arrivals of a Kafka partition, in their order, under its one key: for state that the
 * whole partition shares.
 */
final class Together
    implements PairFlatMapFunction<Iterator<Tuple2<StateKey, Arrival>>, StateKey, Arrival[]> {
  private static final long serialVersionUID = 1;

  @Override
  public Iterator<Tuple2<StateKey, Arrival[]>> call(Iterator<Tuple2<StateKey, Arrival>> arrivals) {
    if (!arrivals.hasNext()) {
      return Collections.emptyIterator();
    }
    List<Arrival> all = new ArrayList<>();
    Tuple2<StateKey, Arrival> next = arrivals.next();
    StateKey key = StateKey.ofPartition(next._1().partition());
    all.add(next._2());
    arrivals.forEachRemaining(a -> all.add(a._2()));
    return Collections.singleton(new Tuple2<>(key, all.toArray(Arrival[]::new))).iterator();
  }
}
