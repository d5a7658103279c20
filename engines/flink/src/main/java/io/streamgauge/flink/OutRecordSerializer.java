package io.streamgauge.flink;

import io.streamgauge.joblib.record.OutRecord;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Carries records that go to Kafka. */
public final class OutRecordSerializer extends FlatSerializer<OutRecord> {
  static final OutRecordSerializer INSTANCE = new OutRecordSerializer();
  private static final long serialVersionUID = 1;

  @Override
  public void serialize(OutRecord r, DataOutputView out) throws IOException {
    out.writeBoolean(r.deadLetter());
    writeBytes(r.key(), out);
    writeBytes(r.value(), out);
    out.writeLong(r.timestamp());
    out.writeByte(r.names().length);
    for (int i = 0; i < r.names().length; i++) {
      out.writeUTF(r.names()[i]);
      writeBytes(r.headers()[i], out);
    }
  }

  @Override
  public OutRecord deserialize(DataInputView in) throws IOException {
    boolean deadLetter = in.readBoolean();
    byte[] key = readBytes(in);
    byte[] value = readBytes(in);
    long timestamp = in.readLong();
    String[] names = new String[in.readByte()];
    byte[][] headers = new byte[names.length][];
    for (int i = 0; i < names.length; i++) {
      names[i] = in.readUTF();
      headers[i] = readBytes(in);
    }
    return new OutRecord(deadLetter, key, value, timestamp, names, headers);
  }

  @Override
  public TypeSerializerSnapshot<OutRecord> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Says in a checkpoint which serializer wrote it. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<OutRecord> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
