package io.streamgauge.flink;

import io.streamgauge.joblib.operator.Total;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Keeps totals, which change in place: Flink copies one while a checkpoint of it is being written.
 */
public final class TotalSerializer extends FlatSerializer<Total> {
  static final TotalSerializer INSTANCE = new TotalSerializer();
  private static final long serialVersionUID = 1;

  @Override
  public boolean isImmutableType() {
    return false;
  }

  @Override
  public Total copy(Total from) {
    Total a = new Total();
    a.merge(from);
    return a;
  }

  @Override
  public void serialize(Total a, DataOutputView out) throws IOException {
    writeBytes(a.toBytes(), out);
  }

  @Override
  public Total deserialize(DataInputView in) throws IOException {
    return Total.fromBytes(readBytes(in));
  }

  @Override
  public TypeSerializerSnapshot<Total> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Says in a checkpoint which serializer wrote it. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Total> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
