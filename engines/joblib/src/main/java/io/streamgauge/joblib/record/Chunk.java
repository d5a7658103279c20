package io.streamgauge.joblib.record;

import java.io.Serializable;

/**
 * The header {@code sgc}: which part of a message a record is, or that its value only refers to the
 * message.
 *
 * @param index of the chunk, from 0
 * @param count of the message's chunks; 0: a claim check
 * @param offset of the chunk in the message, bytes, unsigned
 * @param total bytes of the message, unsigned
 * @param hash xxh3-64, seed 0, of the whole message
 */
public record Chunk(long index, long count, long offset, long total, long hash)
    implements Serializable {
  /** Bytes of the header. */
  public static final int SIZE = 32;

  /** Bytes of the longest message. */
  public static final int MAX_MESSAGE = 1 << 30;

  /** Reads a header; null where {@code b} is none. */
  public static Chunk parse(byte[] b) {
    if (b == null || b.length != SIZE) {
      return null;
    }
    return new Chunk(
        Words.u32(b, 0), Words.u32(b, 4), Words.i64(b, 8), Words.i64(b, 16), Words.i64(b, 24));
  }

  /** The 32 bytes of the header. */
  public byte[] toBytes() {
    byte[] b = new byte[SIZE];
    Words.u32(b, 0, index);
    Words.u32(b, 4, count);
    Words.i64(b, 8, offset);
    Words.i64(b, 16, total);
    Words.i64(b, 24, hash);
    return b;
  }

  /** Whether the record's value is the name of an object that holds the message. */
  public boolean claim() {
    return count == 0;
  }

  /**
   * Whether the header can be true of a value of {@code length} bytes: the last chunk of a message
   * and only that one ends where the message ends.
   */
  public boolean fits(int length) {
    if (index >= count
        || Long.compareUnsigned(total, MAX_MESSAGE) > 0
        || Long.compareUnsigned(offset, total) > 0
        || length > total - offset) {
      return false;
    }
    return (index == count - 1) == (offset + length == total);
  }

  /** Whether another chunk tells the same of the message. */
  public boolean agrees(Chunk other) {
    return count == other.count && total == other.total && hash == other.hash;
  }
}
