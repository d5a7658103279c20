package io.streamgauge.kstreams;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Seen;
import io.streamgauge.joblib.operator.Stage;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/**
 * A stage with dedupe. The state of a device is a {@link Seen}, a change is the sequence of an
 * event that passed.
 */
final class Deduplicating extends Remembering {
  Deduplicating(Stage stage, String topic, String storeName, Commits commits) {
    super(stage, topic, storeName, commits);
  }

  @Override
  protected void event(FixedKeyRecord<Device, byte[]> record, Event event) {
    Undoable state = state(record.key(), event.offset);
    Seen seen = Seen.fromBytes(state.base());
    state.changes(seen::pass);
    long sequence = event.stamp().sequence();
    if (!seen.pass(sequence)) {
      return; // its first copy has passed: nothing changes, nothing is answered
    }
    store(record.key(), state, event.offset, sequence);
    answer(record, event);
  }

  @Override
  protected byte[] empty() {
    return stage.dedupe().empty().toBytes();
  }

  @Override
  protected byte[] fold(byte[] old, long[] changes) {
    Seen seen = Seen.fromBytes(old);
    for (long sequence : changes) {
      seen.pass(sequence);
    }
    return seen.toBytes();
  }
}
