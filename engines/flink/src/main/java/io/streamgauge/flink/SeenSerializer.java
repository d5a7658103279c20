package io.streamgauge.flink;

import io.streamgauge.joblib.operator.Seen;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Keeps the state of dedupe, which changes in place: Flink copies it while a checkpoint of it is
 * being written.
 */
public final class SeenSerializer extends FlatSerializer<Seen> {
  static final SeenSerializer INSTANCE = new SeenSerializer();
  private static final long serialVersionUID = 1;

  @Override
  public boolean isImmutableType() {
    return false;
  }

  @Override
  public Seen copy(Seen from) {
    return Seen.fromBytes(from.toBytes());
  }

  @Override
  public void serialize(Seen s, DataOutputView out) throws IOException {
    writeBytes(s.toBytes(), out);
  }

  @Override
  public Seen deserialize(DataInputView in) throws IOException {
    return Seen.fromBytes(readBytes(in));
  }

  @Override
  public TypeSerializerSnapshot<Seen> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Says in a checkpoint which serializer wrote it. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Seen> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
