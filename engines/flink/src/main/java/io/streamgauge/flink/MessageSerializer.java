package io.streamgauge.flink;

import io.streamgauge.joblib.operator.Message;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Keeps the state of scan and reassemble, which is replaced and never changed. */
public final class MessageSerializer extends FlatSerializer<Message> {
  static final MessageSerializer INSTANCE = new MessageSerializer();
  private static final long serialVersionUID = 1;

  @Override
  public void serialize(Message m, DataOutputView out) throws IOException {
    writeBytes(m.toBytes(), out);
  }

  @Override
  public Message deserialize(DataInputView in) throws IOException {
    return Message.fromBytes(readBytes(in));
  }

  @Override
  public TypeSerializerSnapshot<Message> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Says in a checkpoint which serializer wrote it. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Message> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
