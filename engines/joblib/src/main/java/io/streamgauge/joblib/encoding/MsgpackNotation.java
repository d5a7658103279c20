package io.streamgauge.joblib.encoding;

/** MessagePack, each number as short as it can be. */
final class MsgpackNotation extends BinaryNotation {
  private static final int NIL = 0xc0;

  @Override
  public void open(Sink out, int members) {
    if (members < 16) {
      out.put(0x80 | members);
    } else {
      out.put(0xde).bigEndian(members, 2);
    }
  }

  @Override
  public void text(Sink out, byte[] text) {
    int n = text.length;
    if (n < 32) {
      out.put(0xa0 | n);
    } else if (n <= 0xff) {
      out.put(0xd9).bigEndian(n, 1);
    } else if (n <= 0xffff) {
      out.put(0xda).bigEndian(n, 2);
    } else {
      out.put(0xdb).bigEndian(n, 4);
    }
    out.put(text);
  }

  @Override
  public void missing(Sink out) {
    out.put(NIL);
  }

  @Override
  void integer(Sink out, long v) {
    if (v >= 0) {
      natural(out, v);
    } else if (v >= -32) {
      out.put((int) v);
    } else if (v >= Byte.MIN_VALUE) {
      out.put(0xd0).bigEndian(v, 1);
    } else if (v >= Short.MIN_VALUE) {
      out.put(0xd1).bigEndian(v, 2);
    } else if (v >= Integer.MIN_VALUE) {
      out.put(0xd2).bigEndian(v, 4);
    } else {
      out.put(0xd3).bigEndian(v, 8);
    }
  }

  private static void natural(Sink out, long v) {
    if (v < 128) {
      out.put((int) v);
    } else if (v <= 0xff) {
      out.put(0xcc).bigEndian(v, 1);
    } else if (v <= 0xffff) {
      out.put(0xcd).bigEndian(v, 2);
    } else if (v <= 0xffff_ffffL) {
      out.put(0xce).bigEndian(v, 4);
    } else {
      out.put(0xcf).bigEndian(v, 8);
    }
  }

  @Override
  void number(Sink out, double d) {
    float f = (float) d;
    if (whole(d)) {
      integer(out, (long) d);
    } else if (f == d) {
      out.put(0xca).bigEndian(Float.floatToRawIntBits(f), 4);
    } else {
      out.put(0xcb).bigEndian(Double.doubleToRawLongBits(d), 8);
    }
  }
}
