package io.streamgauge.joblib.encoding;

/**
 * CBOR with lengths that are said first, and each number as short as it can be (RFC 8949, section
 * 4.1; whole numbers as integers).
 */
final class CborNotation extends BinaryNotation {
  private static final int NEGATIVE = 1;
  private static final int TEXT = 3;
  private static final int LIST = 4;
  private static final int MAP = 5;
  private static final int NULL = 0xf6;
  private static final int[] FLOATS = {0xf9, 0xfa, 0xfb}; // of 16, 32 and 64 bits

  @Override
  public void open(Sink out, int members) {
    map(out, members);
  }

  @Override
  public void text(Sink out, byte[] text) {
    head(out, TEXT, text.length);
    out.put(text);
  }

  @Override
  public void missing(Sink out) {
    out.put(NULL);
  }

  static void list(Sink out, int items) {
    head(out, LIST, items);
  }

  static void map(Sink out, int entries) {
    head(out, MAP, entries);
  }

  /** The length of a text, whose bytes are to follow. */
  static void textOf(Sink out, int bytes) {
    head(out, TEXT, bytes);
  }

  @Override
  void integer(Sink out, long v) {
    if (v < 0) {
      head(out, NEGATIVE, ~v);
    } else {
      head(out, 0, v);
    }
  }

  /** n is not negative. */
  private static void head(Sink out, int major, long n) {
    int first = major << 5;
    if (n < 24) {
      out.put(first | (int) n);
    } else if (n <= 0xff) {
      out.put(first | 24).bigEndian(n, 1);
    } else if (n <= 0xffff) {
      out.put(first | 25).bigEndian(n, 2);
    } else if (n <= 0xffff_ffffL) {
      out.put(first | 26).bigEndian(n, 4);
    } else {
      out.put(first | 27).bigEndian(n, 8);
    }
  }

  @Override
  void number(Sink out, double d) {
    float f = (float) d;
    if (whole(d)) {
      integer(out, (long) d);
    } else if (f != d) {
      out.put(FLOATS[2]).bigEndian(Double.doubleToRawLongBits(d), 8);
    } else if (fitsHalf(f)) {
      out.put(FLOATS[0]).bigEndian(half(f), 2);
    } else {
      out.put(FLOATS[1]).bigEndian(Float.floatToRawIntBits(f), 4);
    }
  }

  /** The exponent as a float of 16 bits has it. */
  private static int exponent(float f) {
    return Math.getExponent(f) + 15;
  }

  /** Whether 16 bits hold it exactly, and as a normal number. */
  private static boolean fitsHalf(float f) {
    return exponent(f) >= 1 && exponent(f) <= 30 && (Float.floatToRawIntBits(f) & 0x1fff) == 0;
  }

  private static int half(float f) {
    int bits = Float.floatToRawIntBits(f);
    return bits >>> 16 & 0x8000 | exponent(f) << 10 | bits >>> 13 & 0x3ff;
  }
}
