package io.streamgauge.sparkdstream;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.streamgauge.joblib.operator.Aggregate;
import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Seen;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.spark.serializer.KryoRegistrator;

/**
 * Names what goes into state on disk: keys, states, and the answers of the batch, which Spark keeps
 * beside its state. The order is part of the format. Kryo 4, which Spark brings, is older than
 * Java's records and cannot make one by itself.
 */
public final class Registrator implements KryoRegistrator {
  @Override
  public void registerClasses(Kryo kryo) {
    kryo.register(StateKey.class, new KeySerializer());
    kryo.register(OutRecord.class, new OutRecordSerializer());
    kryo.register(OutRecord[].class);
    kryo.register(Answers.class);
    kryo.register(Seen.class);
    kryo.register(Aggregate.class);
    kryo.register(OpenWindows.class);
    kryo.register(Total.class);
    kryo.register(Message.class, new MessageSerializer());
    kryo.register(Assembly.class, new AssemblySerializer());
  }

  private static final class KeySerializer extends Serializer<StateKey> {
    @Override
    public void write(Kryo kryo, Output out, StateKey k) {
      out.writeInt(k.partition(), true);
      out.writeLong(k.owner());
    }

    @Override
    public StateKey read(Kryo kryo, Input in, Class<StateKey> type) {
      return new StateKey(in.readInt(true), in.readLong());
    }
  }

  private static final class MessageSerializer extends Serializer<Message> {
    @Override
    public void write(Kryo kryo, Output out, Message m) {
      bytes(out, m.toBytes());
    }

    @Override
    public Message read(Kryo kryo, Input in, Class<Message> type) {
      return Message.fromBytes(bytes(in));
    }
  }

  private static final class AssemblySerializer extends Serializer<Assembly> {
    @Override
    public void write(Kryo kryo, Output out, Assembly a) {
      bytes(out, a.message().toBytes());
      out.writeInt(a.offsets().length, true);
      for (long offset : a.offsets()) {
        out.writeLong(offset, true);
      }
    }

    @Override
    public Assembly read(Kryo kryo, Input in, Class<Assembly> type) {
      Message message = Message.fromBytes(bytes(in));
      long[] offsets = new long[in.readInt(true)];
      for (int i = 0; i < offsets.length; i++) {
        offsets[i] = in.readLong(true);
      }
      return new Assembly(message, offsets);
    }
  }

  private static final class OutRecordSerializer extends Serializer<OutRecord> {
    @Override
    public void write(Kryo kryo, Output out, OutRecord r) {
      out.writeBoolean(r.deadLetter());
      bytes(out, r.key());
      bytes(out, r.value());
      out.writeLong(r.timestamp());
      out.writeInt(r.names().length, true);
      for (int i = 0; i < r.names().length; i++) {
        out.writeString(r.names()[i]);
        bytes(out, r.headers()[i]);
      }
    }

    @Override
    public OutRecord read(Kryo kryo, Input in, Class<OutRecord> type) {
      boolean deadLetter = in.readBoolean();
      byte[] key = bytes(in);
      byte[] value = bytes(in);
      long timestamp = in.readLong();
      String[] names = new String[in.readInt(true)];
      byte[][] headers = new byte[names.length][];
      for (int i = 0; i < names.length; i++) {
        names[i] = in.readString();
        headers[i] = bytes(in);
      }
      return new OutRecord(deadLetter, key, value, timestamp, names, headers);
    }
  }

  /** The length plus one; 0 for null. */
  private static void bytes(Output out, byte[] b) {
    out.writeInt(b == null ? 0 : b.length + 1, true);
    if (b != null) {
      out.writeBytes(b);
    }
  }

  private static byte[] bytes(Input in) {
    int n = in.readInt(true);
    return n == 0 ? null : in.readBytes(n - 1);
  }
}
