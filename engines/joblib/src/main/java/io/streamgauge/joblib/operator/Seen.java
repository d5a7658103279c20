package io.streamgauge.joblib.operator;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What one device has sent: the state of dedupe. It is to be rolled back together with the read
 * position, or a record that comes again after a failed write would be dropped. Not safe for
 * concurrent use.
 */
public final class Seen implements Serializable {
  private static final long serialVersionUID = 1;

  private int span;
  private boolean any;
  private long highest; // unsigned
  private long[] bits; // bit s mod span: sequence s, within span of highest, was passed

  /** For serializers that need one. */
  public Seen() {}

  Seen(int span) {
    this.span = span;
    bits = new long[(span + 63) / 64];
  }

  /** Takes the next event of the device: true if it passes, false if it is dropped. */
  public boolean pass(long sequence) {
    if (!any) {
      any = true;
      highest = sequence;
    } else if (Long.compareUnsigned(sequence, highest) > 0) {
      forget(highest, sequence);
      highest = sequence;
    } else if (Long.compareUnsigned(highest - sequence, span) >= 0) {
      return true;
    } else if (has(bit(sequence))) {
      return false;
    }
    int i = bit(sequence);
    bits[i / 64] |= 1L << i % 64;
    return true;
  }

  private int bit(long sequence) {
    return (int) Long.remainderUnsigned(sequence, span);
  }

  private boolean has(int i) {
    return (bits[i / 64] & 1L << i % 64) != 0;
  }

  /**
   * Clears the bits of the sequences after from, up to and including to: they belonged to ones a
   * span earlier.
   */
  private void forget(long from, long to) {
    if (Long.compareUnsigned(to - from, span) >= 0) {
      Arrays.fill(bits, 0);
      return;
    }
    for (long s = from + 1; s != to + 1; s++) {
      int i = bit(s);
      bits[i / 64] &= ~(1L << i % 64);
    }
  }

  /** The state as bytes, for stores that keep such. */
  public byte[] toBytes() {
    ByteBuffer out =
        ByteBuffer.allocate(4 + 1 + 8 + 8 * bits.length)
            .putInt(span)
            .put((byte) (any ? 1 : 0))
            .putLong(highest);
    for (long b : bits) {
      out.putLong(b);
    }
    return out.array();
  }

  /** Reads what {@link #toBytes} wrote. */
  public static Seen fromBytes(byte[] b) {
    ByteBuffer in = ByteBuffer.wrap(b);
    Seen s = new Seen(in.getInt());
    s.any = in.get() != 0;
    s.highest = in.getLong();
    for (int i = 0; i < s.bits.length; i++) {
      s.bits[i] = in.getLong();
    }
    return s;
  }
}
