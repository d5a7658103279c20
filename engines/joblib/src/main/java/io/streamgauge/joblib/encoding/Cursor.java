package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.json.Utf8;

/** Reads a part of a message from the left to the right. Throws {@link Malformed}. */
final class Cursor {
  private static final int MAX_VARINT = 10;

  final byte[] bytes;
  int at;
  final int end;

  Cursor(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  Cursor(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  boolean done() {
    return at == end;
  }

  /** Nothing may follow. */
  void finish() {
    if (at < end) {
      throw Malformed.BAD_FORMAT;
    }
  }

  int next() {
    if (at == end) {
      throw Malformed.TRUNCATED;
    }
    return bytes[at++] & 0xff;
  }

  /** Takes n bytes and gives the position of the first; n is unsigned. */
  int take(long n) {
    if (Long.compareUnsigned(n, end - at) > 0) {
      throw Malformed.TRUNCATED;
    }
    int from = at;
    at += (int) n;
    return from;
  }

  long bigEndian(int size) {
    int from = take(size);
    long n = 0;
    for (int i = 0; i < size; i++) {
      n = n << 8 | bytes[from + i] & 0xff;
    }
    return n;
  }

  long littleEndian(int size) {
    int from = take(size);
    long n = 0;
    for (int i = size - 1; i >= 0; i--) {
      n = n << 8 | bytes[from + i] & 0xff;
    }
    return n;
  }

  /** A number of 64 bits, seven a byte, the lowest first. */
  long varint() {
    long n = 0;
    for (int i = 0; i < MAX_VARINT; i++) {
      int c = next();
      if (c < 0x80) {
        if (i == MAX_VARINT - 1 && c > 1) {
          throw Malformed.BAD_FORMAT;
        }
        return n | (long) c << 7 * i;
      }
      n |= (long) (c & 0x7f) << 7 * i;
    }
    throw Malformed.BAD_FORMAT;
  }

  /** A text of n bytes; n is unsigned. */
  Scalar text(long n) {
    int from = take(n);
    if (!Utf8.valid(bytes, from, at)) {
      throw Malformed.BAD_UTF8;
    }
    return Scalar.text(bytes, from, at);
  }

  /** The double nearest to an unsigned number. */
  static double unsigned(long n) {
    return n >= 0 ? (double) n : (double) (n >>> 1 | n & 1) * 2; // the last bit decides a tie
  }
}
