package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.kafka.Records;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.spark.util.LongAccumulator;

/** Takes records of Kafka through the operators of a stage that stand before its state; through all, where it has none. */
final class Intake {
  private final Stage stage;
  private final LongAccumulator foreign;

  /** @param foreign counts the records that are none of ours */
  Intake(Stage stage, LongAccumulator foreign) {
    this.stage = stage;
    this.foreign = foreign;
  }

  /** What a record gives: an event that has passed, a result that goes on as it is, or null for nothing. */
  Arrival take(ConsumerRecord<byte[], byte[]> r) {
    InRecord in = Records.in(r);
    Event e = read(r, in);
    if (e == null) {
      return Arrival.of(pass(in));
    }
    Verdict v = stage.before(e);
    return v == Verdict.PASS ? Arrival.of(e) : Arrival.of(stage.answer(e, v));
  }

  private Event read(ConsumerRecord<byte[], byte[]> r, InRecord in) {
    try {
      return stage.arrive(in);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("offset " + r.offset() + " of partition " + r.partition() + " of topic " + r.topic(), e);
    }
  }

  private OutRecord pass(InRecord in) {
    OutRecord result = stage.pass(in);
    if (result == null) {
      foreign.add(1);
    }
    return result;
  }
}
