package io.streamgauge.flink;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Keeps chunks of messages, whose bytes nobody changes. Flink's own serializer of byte arrays
 * copies them: all those of a message whenever its state is touched while a checkpoint is written.
 */
public final class BytesSerializer extends FlatSerializer<byte[]> {
  static final BytesSerializer INSTANCE = new BytesSerializer();
  private static final long serialVersionUID = 1;

  @Override
  public void serialize(byte[] b, DataOutputView out) throws IOException {
    writeBytes(b, out);
  }

  @Override
  public byte[] deserialize(DataInputView in) throws IOException {
    return readBytes(in);
  }

  @Override
  public TypeSerializerSnapshot<byte[]> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Says in a checkpoint which serializer wrote it. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<byte[]> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
