package io.streamgauge.flink;

import io.streamgauge.joblib.operator.Event;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Carries events across an exchange by key. */
public final class ArrivalSerializer extends FlatSerializer<Arrival> {
  static final ArrivalSerializer INSTANCE = new ArrivalSerializer();
  private static final long serialVersionUID = 1;

  @Override
  public void serialize(Arrival a, DataOutputView out) throws IOException {
    out.writeLong(a.owner());
    out.writeBoolean(a.event() != null);
    if (a.event() == null) {
      OutRecordSerializer.INSTANCE.serialize(a.settled(), out);
      return;
    }
    Event e = a.event();
    writeArrived(e, out);
    out.writeByte(e.values.length);
    for (int i = 0; i < e.values.length; i++) {
      out.writeBoolean(e.present[i]);
      if (e.present[i]) {
        out.writeLong(e.values[i]);
      }
    }
  }

  @Override
  public Arrival deserialize(DataInputView in) throws IOException {
    long owner = in.readLong();
    if (!in.readBoolean()) {
      return new Arrival(owner, null, OutRecordSerializer.INSTANCE.deserialize(in));
    }
    Event e = readArrived(in);
    e.values = new long[in.readUnsignedByte()];
    e.present = new boolean[e.values.length];
    for (int i = 0; i < e.values.length; i++) {
      e.present[i] = in.readBoolean();
      if (e.present[i]) {
        e.values[i] = in.readLong();
      }
    }
    return new Arrival(owner, e, null);
  }

  @Override
  public TypeSerializerSnapshot<Arrival> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Says in a checkpoint which serializer wrote it. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Arrival> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
