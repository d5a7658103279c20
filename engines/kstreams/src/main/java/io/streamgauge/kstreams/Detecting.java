package io.streamgauge.kstreams;

import io.streamgauge.joblib.operator.Alert;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/**
 * A stage with detect. The state of a device is one byte, 1 while its alarm is on; a change is its
 * next value.
 */
final class Detecting extends Remembering {
  private static final byte[] OFF = {0};

  Detecting(Stage stage, String topic, String storeName, Commits commits) {
    super(stage, topic, storeName, commits);
  }

  @Override
  protected void event(FixedKeyRecord<Device, byte[]> record, Event event) {
    Undoable state = state(record.key(), event.offset);
    Alert alert = stage.detect().apply(isOn(state), event);
    if (alert != null) { // most events change nothing and write nothing
      store(record.key(), state, event.offset, alert.active() ? 1 : 0);
    }
    answer(record, event);
    if (alert != null) {
      done(record, stage.alert(event, alert));
    }
  }

  private boolean isOn(Undoable state) {
    long[] now = {state.base()[0]};
    state.changes(change -> now[0] = change);
    return now[0] == 1;
  }

  @Override
  protected byte[] empty() {
    return OFF;
  }

  @Override
  protected byte[] fold(byte[] old, long[] changes) {
    return new byte[] {(byte) changes[changes.length - 1]};
  }
}
