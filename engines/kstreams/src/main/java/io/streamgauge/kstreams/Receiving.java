package io.streamgauge.kstreams;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Messages;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import java.util.function.LongSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * A stage of a job of large messages. Where a device stands with its messages in chunks is in one
 * store, the chunks of those to be put together in another.
 */
final class Receiving extends Answering {
  private final String topic;
  private final String stateName;
  private final String partsName; // null: nothing is put together
  private final Commits commits;
  private LongSupplier committed;
  private KeyValueStore<Device, Versions> states;
  private Kept kept;

  Receiving(Stage stage, String topic, String stateName, String partsName, Commits commits) {
    super(stage);
    this.topic = topic;
    this.stateName = stateName;
    this.partsName = partsName;
    this.commits = commits;
  }

  @Override
  public void init(FixedKeyProcessorContext<Device, OutRecord> context) {
    super.init(context);
    committed = commits.of(topic, context.taskId().partition());
    states = context.getStateStore(stateName);
    if (partsName != null) {
      kept = new Kept(context.getStateStore(partsName), committed);
      kept.recall(states);
    }
  }

  @Override
  protected void event(FixedKeyRecord<Device, byte[]> record, Event event) {
    if (Messages.isChunk(event)) {
      chunk(record, event);
    } else {
      done(record, stage.messages().whole(event));
    }
    if (kept != null) {
      kept.sweep();
    }
  }

  private void chunk(FixedKeyRecord<Device, byte[]> record, Event event) {
    Versions state = states.get(record.key());
    if (state == null) {
      state = new Versions();
    }
    state.rewind(event.offset);
    Message now = state.newest();
    Message next =
        stage
            .messages()
            .take(
                now,
                event,
                kept == null ? null : kept.of(event.owner(), event.offset),
                out -> done(record, out));
    if (next != now) {
      state.add(event.offset, next);
      state.settle(committed.getAsLong());
      states.put(record.key(), state);
    }
  }
}
