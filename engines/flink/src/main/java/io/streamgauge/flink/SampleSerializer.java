package io.streamgauge.flink;

import io.streamgauge.joblib.record.Stamp;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Carries what windows need of events across the exchange by key. */
public final class SampleSerializer extends FlatSerializer<Sample> {
  static final SampleSerializer INSTANCE = new SampleSerializer();
  private static final long serialVersionUID = 1;

  @Override
  public void serialize(Sample s, DataOutputView out) throws IOException {
    writeBytes(s.key(), out);
    out.write(s.stamp().toBytes());
    out.writeLong(s.metric());
  }

  @Override
  public Sample deserialize(DataInputView in) throws IOException {
    byte[] key = readBytes(in);
    byte[] stamp = new byte[Stamp.SIZE];
    in.readFully(stamp);
    return new Sample(key, Stamp.parse(stamp), in.readLong());
  }

  @Override
  public TypeSerializerSnapshot<Sample> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Says in a checkpoint which serializer wrote it. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Sample> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
