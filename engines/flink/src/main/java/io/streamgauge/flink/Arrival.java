package io.streamgauge.flink;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Output;

/**
 * What a stage has made of a record by the time its state is asked: an event that has come as far
 * as the stateful operator, or a record that is settled already and only keeps its place in the
 * order. One of both is null.
 *
 * @param owner whose state it touches, and by which it is exchanged
 * @param event on its way
 * @param settled a dead letter of this stage, or a result of an earlier one that passes it
 */
public record Arrival(long owner, Event event, OutRecord settled) {
  static Arrival of(Event e) {
    return new Arrival(e.owner(), e, null);
  }

  /**
   * A record that passes, or a dead letter: both name their owner in {@code sgo}, their second
   * header.
   */
  static Arrival of(OutRecord r) {
    Output o = Output.parse(r.headers()[1]);
    return new Arrival((long) o.stream() << 32 | o.device(), null, r);
  }
}
