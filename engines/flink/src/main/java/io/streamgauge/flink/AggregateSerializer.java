package io.streamgauge.flink;

import io.streamgauge.joblib.operator.Aggregate;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Keeps open windows, which change in place: Flink copies one while a checkpoint of it is being
 * written.
 */
public final class AggregateSerializer extends FlatSerializer<Aggregate> {
  static final AggregateSerializer INSTANCE = new AggregateSerializer();
  private static final long serialVersionUID = 1;

  @Override
  public boolean isImmutableType() {
    return false;
  }

  @Override
  public Aggregate copy(Aggregate from) {
    Aggregate a = new Aggregate();
    a.merge(from);
    return a;
  }

  @Override
  public void serialize(Aggregate a, DataOutputView out) throws IOException {
    writeBytes(a.toBytes(), out);
  }

  @Override
  public Aggregate deserialize(DataInputView in) throws IOException {
    return Aggregate.fromBytes(readBytes(in));
  }

  @Override
  public TypeSerializerSnapshot<Aggregate> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Says in a checkpoint which serializer wrote it. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Aggregate> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
