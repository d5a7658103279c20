package io.streamgauge.flink;

import io.streamgauge.joblib.operator.Event;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Carries chunks of messages across an exchange by key: events without a reading. */
public final class ChunkSerializer extends FlatSerializer<Event> {
  static final ChunkSerializer INSTANCE = new ChunkSerializer();
  private static final long serialVersionUID = 1;

  @Override
  public void serialize(Event e, DataOutputView out) throws IOException {
    writeArrived(e, out);
    writeBytes(e.sgc, out);
  }

  @Override
  public Event deserialize(DataInputView in) throws IOException {
    Event e = readArrived(in);
    e.sgc = readBytes(in);
    return e;
  }

  @Override
  public TypeSerializerSnapshot<Event> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Says in a checkpoint which serializer wrote it. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Event> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
