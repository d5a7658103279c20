package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.record.Stamp;
import java.io.Serializable;
import java.nio.ByteBuffer;

/**
 * One window of one owner while it is open. Fields are public for the serializers of engines. Not
 * safe for concurrent use.
 */
public final class Aggregate implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int NO_KEY = -1;

  public long owner;
  public byte[] key;
  public long count;
  public long sum;
  public long min;
  public long max;
  public long ids;
  public long intended;

  /** An empty one. */
  public Aggregate() {}

  /** Adds one event. */
  public void add(byte[] key, Stamp s, long metric) {
    if (count == 0) {
      owner = s.owner();
      this.key = key;
      min = metric;
      max = metric;
      intended = s.intended();
    }
    count++;
    sum += metric;
    min = Math.min(min, metric);
    max = Math.max(max, metric);
    ids += s.term();
    intended = Math.max(intended, s.intended());
  }

  /** Adds what another one of the same window and owner has. */
  public void merge(Aggregate o) {
    if (o.count == 0) {
      return;
    }
    if (count == 0) {
      owner = o.owner;
      key = o.key;
      min = o.min;
      max = o.max;
      intended = o.intended;
    }
    count += o.count;
    sum += o.sum;
    min = Math.min(min, o.min);
    max = Math.max(max, o.max);
    ids += o.ids;
    intended = Math.max(intended, o.intended);
  }

  /** The state as bytes, for stores that keep such. */
  public byte[] toBytes() {
    int n = key == null ? NO_KEY : key.length;
    ByteBuffer out = ByteBuffer.allocate(7 * Long.BYTES + Integer.BYTES + Math.max(0, n));
    out.putLong(owner)
        .putLong(count)
        .putLong(sum)
        .putLong(min)
        .putLong(max)
        .putLong(ids)
        .putLong(intended)
        .putInt(n);
    return (n > 0 ? out.put(key) : out).array();
  }

  /** Reads what {@link #toBytes} wrote. */
  public static Aggregate fromBytes(byte[] b) {
    ByteBuffer in = ByteBuffer.wrap(b);
    Aggregate a = new Aggregate();
    a.owner = in.getLong();
    a.count = in.getLong();
    a.sum = in.getLong();
    a.min = in.getLong();
    a.max = in.getLong();
    a.ids = in.getLong();
    a.intended = in.getLong();
    int n = in.getInt();
    if (n != NO_KEY) {
      a.key = new byte[n];
      in.get(a.key);
    }
    return a;
  }
}
