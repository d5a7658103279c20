package io.streamgauge.kstreams;

import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import java.util.function.LongSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;

/** A stage that keeps something of each device in a state store. */
abstract class Remembering extends Answering {
  private final String topic;
  private final String storeName;
  private final Commits commits;
  private LongSupplier committed;
  private KeyValueStore<Device, Undoable> store;

  Remembering(Stage stage, String topic, String storeName, Commits commits) {
    super(stage);
    this.topic = topic;
    this.storeName = storeName;
    this.commits = commits;
  }

  @Override
  public void init(FixedKeyProcessorContext<Device, OutRecord> context) {
    super.init(context);
    committed = commits.of(topic, context.taskId().partition());
    store = context.getStateStore(storeName);
  }

  /** The state of a device as the record at {@code offset} is to find it. */
  protected final Undoable state(Device device, long offset) {
    Undoable state = store.get(device);
    if (state == null) {
      return new Undoable(empty());
    }
    state.rewind(offset);
    return state;
  }

  /** Stores a state with the change that the record at {@code offset} made. */
  protected final void store(Device device, Undoable state, long offset, long change) {
    state.add(offset, change);
    state.settle(committed.getAsLong(), this::fold);
    store.put(device, state);
  }

  /** The state of a device that was never seen. */
  protected abstract byte[] empty();

  /** The state {@code old} after some changes. */
  protected abstract byte[] fold(byte[] old, long[] changes);
}
