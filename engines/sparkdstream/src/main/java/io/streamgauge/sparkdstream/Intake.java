package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Figures;
import io.streamgauge.joblib.kafka.Records;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Takes records of Kafka through the operators of a stage that stand before its state; through all,
 * where it has none.
 */
final class Intake {
  private final Stage stage;

  Intake(Stage stage) {
    this.stage = stage;
  }

  /**
   * What a record gives: an event that has passed, a result that goes on as it is, or null for
   * nothing.
   */
  Arrival take(ConsumerRecord<byte[], byte[]> r) {
    InRecord in = Records.in(r);
    Event e = stage.arrive(in);
    if (e == null) {
      return Arrival.of(pass(in));
    }
    Verdict v = stage.before(e);
    return v == Verdict.PASS ? Arrival.of(e) : Arrival.of(stage.answer(e, v));
  }

  private OutRecord pass(InRecord in) {
    OutRecord result = stage.pass(in);
    if (result == null) {
      Figures.foreign(1);
    }
    return result;
  }
}
