package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import java.util.Collections;
import java.util.Iterator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import scala.Tuple2;

/** Names, for each record that a stage reads, the device whose state it meets. */
final class Keyed extends StageTask
    implements PairFlatMapFunction<ConsumerRecord<byte[], byte[]>, StateKey, Arrival> {
  private static final long serialVersionUID = 1;

  private final boolean ended;
  private transient Intake intake; // each task has its own copy of this function

  /**
   * @param ended whether the batch has ended in a former life
   */
  Keyed(Plan plan, int stage, boolean ended) {
    super(plan, stage);
    this.ended = ended;
  }

  @Override
  public Iterator<Tuple2<StateKey, Arrival>> call(ConsumerRecord<byte[], byte[]> r) {
    if (intake == null) {
      intake = new Intake(stage());
    }
    Arrival a = intake.take(r);
    if (a == null) {
      return Collections.emptyIterator();
    }
    Event e = a.event(); // a result meets no state: any key of its partition will do
    StateKey key =
        e == null ? StateKey.ofPartition(r.partition()) : new StateKey(r.partition(), e.owner());
    return Collections.singleton(new Tuple2<>(key, ended ? a.ofEndedBatch() : a)).iterator();
  }
}
