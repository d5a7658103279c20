package io.streamgauge.flink;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.Stamp;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A serializer without settings for a type whose objects are not changed after they were handed on,
 * so that copying one is not needed. Those of state that changes in place override {@link
 * #copy(Object)}.
 */
abstract class FlatSerializer<T> extends TypeSerializerSingleton<T> {
  private static final long serialVersionUID = 1;
  private static final int NONE = -1;

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public T createInstance() {
    return null;
  }

  @Override
  public T copy(T from) {
    return from;
  }

  @Override
  public final T copy(T from, T reuse) {
    return copy(from);
  }

  @Override
  public final int getLength() {
    return -1; // it varies
  }

  @Override
  public final T deserialize(T reuse, DataInputView in) throws IOException {
    return deserialize(in);
  }

  @Override
  public final void copy(DataInputView in, DataOutputView out) throws IOException {
    serialize(deserialize(in), out);
  }

  /** Writes bytes with their length; null is kept. */
  static void writeBytes(byte[] b, DataOutputView out) throws IOException {
    if (b == null) {
      out.writeInt(NONE);
      return;
    }
    out.writeInt(b.length);
    out.write(b);
  }

  /** Writes of an event what it came with: where it was read, key, value, stamp and time. */
  static void writeArrived(Event e, DataOutputView out) throws IOException {
    out.writeInt(e.partition);
    out.writeLong(e.offset);
    writeBytes(e.key, out);
    writeBytes(e.value, out);
    out.write(e.sg);
    out.writeLong(e.time);
  }

  static Event readArrived(DataInputView in) throws IOException {
    Event e = new Event();
    e.partition = in.readInt();
    e.offset = in.readLong();
    e.key = readBytes(in);
    e.value = readBytes(in);
    e.sg = new byte[Stamp.SIZE];
    in.readFully(e.sg);
    e.time = in.readLong();
    e.sgt = Headers.time(e.time);
    return e;
  }

  static byte[] readBytes(DataInputView in) throws IOException {
    int length = in.readInt();
    if (length == NONE) {
      return null;
    }
    byte[] b = new byte[length];
    in.readFully(b);
    return b;
  }
}
