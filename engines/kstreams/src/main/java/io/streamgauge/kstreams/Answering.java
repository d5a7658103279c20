package io.streamgauge.kstreams;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/**
 * A stage whose answers are all known as soon as a record has been looked at; as it stands, one
 * without state.
 */
class Answering extends Arrival<OutRecord> {
  Answering(Stage stage) {
    super(stage);
  }

  @Override
  protected void event(FixedKeyRecord<Device, byte[]> record, Event event) {
    done(record, stage.answer(event, Verdict.PASS));
  }

  /** Runs the operators behind the stateful one and answers the event. */
  protected final void answer(FixedKeyRecord<Device, byte[]> record, Event event) {
    done(record, stage.answer(event, stage.after(event)));
  }

  @Override
  protected final void done(FixedKeyRecord<Device, byte[]> record, OutRecord out) {
    if (out != null) {
      context.forward(
          record.withValue(out).withTimestamp(out.timestamp()).withHeaders(Answers.headers(out)));
    }
  }
}
