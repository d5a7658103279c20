package io.streamgauge.joblib.encoding;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The bytes of a message that is being written. */
final class Sink {
  /** Places behind the point of a metric in millionths, and of a time in seconds. */
  static final int METRIC_PLACES = 6;

  static final int TIME_PLACES = 3;

  private static final long[] UNITS = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000};
  private static final int MORE = 0x80; // bytes of a varint follow
  private static final int ROOM = 128;

  private byte[] bytes = new byte[ROOM];
  private int size;

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  /** The lowest byte of a number. */
  Sink put(int b) {
    room(1);
    bytes[size++] = (byte) b;
    return this;
  }

  Sink put(byte[] b) {
    return put(b, 0, b.length);
  }

  Sink put(byte[] b, int from, int to) {
    room(to - from);
    System.arraycopy(b, from, bytes, size, to - from);
    size += to - from;
    return this;
  }

  private void room(int n) {
    if (bytes.length - size < n) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + n));
    }
  }

  Sink ascii(String text) {
    return put(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** The lowest n bytes of a number, the highest first. */
  Sink bigEndian(long v, int n) {
    for (int i = n - 1; i >= 0; i--) {
      put((int) (v >>> Byte.SIZE * i));
    }
    return this;
  }

  /** A double, the lowest byte first. */
  Sink littleEndian(double v) {
    return bigEndian(Long.reverseBytes(Double.doubleToRawLongBits(v)), Long.BYTES);
  }

  /** Seven bits a byte, the lowest first. */
  Sink varint(long v) {
    long rest = v;
    while (rest >>> 7 != 0) {
      put((int) rest | MORE);
      rest >>>= 7;
    }
    return put((int) rest);
  }

  /** A varint with the sign in its lowest bit. */
  Sink zigzag(long v) {
    return varint(v << 1 ^ v >> Long.SIZE - 1);
  }

  /** v / 10^places, without zeros at the end. */
  Sink decimal(long v, int places) {
    if (v < 0) {
      put('-');
    }
    long all = v < 0 ? -v : v; // without sign, which is right for the least number too
    long unit = UNITS[places];
    ascii(Long.toUnsignedString(Long.divideUnsigned(all, unit)));
    long rest = Long.remainderUnsigned(all, unit);
    if (rest > 0) {
      put('.');
    }
    while (rest > 0) {
      unit /= 10;
      put((int) ('0' + rest / unit));
      rest %= unit;
    }
    return this;
  }

  /** A time as text, in ms or in seconds. */
  Sink time(long time, boolean millis) {
    return decimal(time, millis ? 0 : TIME_PLACES);
  }
}
