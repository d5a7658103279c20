package io.streamgauge.joblib.record;

import java.io.Serializable;

/**
 * The header {@code sg} of input and stage records: which event this is, and when it was due.
 *
 * @param flags 1 probe, 2 heartbeat, 4 chunk, 8 deliberately damaged
 * @param stream 0 to 2^16 − 1
 * @param device 0 to 2^32 − 1
 * @param sequence of the reading in (stream, device), from 0, unsigned
 * @param intended ns from the trial's start
 * @param hash xxh3-64 of the input value
 */
public record Stamp(int flags, int stream, long device, long sequence, long intended, long hash)
    implements Serializable {
  /** Bytes of the header. */
  public static final int SIZE = 32;

  /** Reads a header; null where {@code b} is none: such a record is foreign. */
  public static Stamp parse(byte[] b) {
    if (b == null || b.length != SIZE || b[0] != Headers.VERSION) {
      return null;
    }
    return new Stamp(
        b[1] & 0xff,
        Words.u16(b, 2),
        Words.u32(b, 4),
        Words.i64(b, 8),
        Words.i64(b, 16),
        Words.i64(b, 24));
  }

  /** The 32 bytes of the header. */
  public byte[] toBytes() {
    byte[] b = new byte[SIZE];
    b[0] = Headers.VERSION;
    b[1] = (byte) flags;
    Words.u16(b, 2, stream);
    Words.u32(b, 4, device);
    Words.i64(b, 8, sequence);
    Words.i64(b, 16, intended);
    Words.i64(b, 24, hash);
    return b;
  }

  /**
   * The key of keyed state: stream in the upper, device in the lower 32 bits. Not the record's key.
   */
  public long owner() {
    return (long) stream << 32 | device;
  }

  /** The event's contribution to {@link Output#ids()}. */
  public long term() {
    return mix64(mix64(owner()) + sequence) & (1L << 40) - 1;
  }

  /**
   * The finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014, constants of Stafford's variant
   * 13).
   */
  static long mix64(long z) {
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
