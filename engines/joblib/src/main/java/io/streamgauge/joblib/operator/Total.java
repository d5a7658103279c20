package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.record.Stamp;
import java.io.Serializable;
import java.nio.ByteBuffer;

/**
 * All events of one owner so far. Fields are public for the serializers of engines. Not safe for
 * concurrent use.
 */
public final class Total implements Serializable {
  private static final long serialVersionUID = 1;

  public Aggregate sum = new Aggregate();

  /** Highest event time, ms. */
  public long time = Long.MIN_VALUE;

  /** An empty one. */
  public Total() {}

  /** Adds one event. */
  public void add(byte[] key, Stamp s, long metric, long eventTime) {
    sum.add(key, s, metric);
    time = Math.max(time, eventTime);
  }

  /** Adds what another one of the same owner has. */
  public void merge(Total o) {
    sum.merge(o.sum);
    time = Math.max(time, o.time);
  }

  /** The state as bytes, for stores that keep such. */
  public byte[] toBytes() {
    byte[] b = sum.toBytes();
    return ByteBuffer.allocate(Long.BYTES + b.length).putLong(time).put(b).array();
  }

  /** Reads what {@link #toBytes} wrote. */
  public static Total fromBytes(byte[] b) {
    Total t = new Total();
    ByteBuffer in = ByteBuffer.wrap(b);
    t.time = in.getLong();
    byte[] rest = new byte[in.remaining()];
    in.get(rest);
    t.sum = Aggregate.fromBytes(rest);
    return t;
  }
}
