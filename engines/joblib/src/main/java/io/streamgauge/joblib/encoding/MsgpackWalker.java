package io.streamgauge.joblib.encoding;

/** Reads MessagePack. */
final class MsgpackWalker implements Walker {
  private static final int MAX_DEPTH = 64;

  /** Of the argument behind the bytes 0xc0 to 0xdf: of a length, or of a number. */
  private static final int[] SIZES = {
    0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4
  };

  @Override
  public void walk(byte[] message, Handler h) {
    Reader r = new Reader(new Cursor(message), h);
    r.value(0);
    r.in.finish();
  }

  private static final class Reader {
    final Cursor in;
    Handler handler;

    Reader(Cursor in, Handler handler) {
      this.in = in;
      this.handler = handler;
    }

    /** In the order of the table of formats in the specification. */
    void value(int depth) {
      int c = in.next();
      if (c <= 0x7f) {
        number(c);
      } else if (c <= 0x9f) {
        container(c >= 0x90, c & 15, depth + 1);
      } else if (c <= 0xbf) {
        handler.value(in.text(c & 31));
      } else if (c >= 0xe0) {
        number((byte) c);
      } else if (c == 0xc0) {
        handler.value(Scalar.MISSING);
      } else if (c == 0xc1) { // never used
        throw Malformed.BAD_FORMAT;
      } else if (c <= 0xc3) {
        handler.value(Scalar.OTHER);
      } else if (c >= 0xd4 && c <= 0xd8) { // fixext: a type and 1 to 16 bytes
        other(1 + (1 << c - 0xd4));
      } else {
        sized(c, in.bigEndian(SIZES[c & 31]), depth);
      }
    }

    private void sized(int c, long n, int depth) {
      switch (c) {
        case 0xc4, 0xc5, 0xc6 -> other(n); // bin
        case 0xc7, 0xc8, 0xc9 -> other(n + 1); // ext: a type, too
        case 0xca -> number(Float.intBitsToFloat((int) n));
        case 0xcb -> number(Double.longBitsToDouble(n));
        case 0xcc, 0xcd, 0xce, 0xcf -> number(Cursor.unsigned(n));
        case 0xd0 -> number((byte) n);
        case 0xd1 -> number((short) n);
        case 0xd2 -> number((int) n);
        case 0xd3 -> number((double) n);
        case 0xd9, 0xda, 0xdb -> handler.value(in.text(n));
        default -> container(c <= 0xdd, n, depth + 1);
      }
    }

    private void number(double d) {
      handler.value(Scalar.of(d));
    }

    private void other(long n) {
      in.take(n);
      handler.value(Scalar.OTHER);
    }

    private void container(boolean list, long n, int depth) {
      if (depth > MAX_DEPTH) {
        throw Malformed.BAD_FORMAT;
      }
      handler.open(list);
      for (long i = 0; i < n; i++) {
        if (!list) {
          name(depth);
        }
        value(depth);
      }
      handler.close();
    }

    private void name(int depth) {
      Handler outer = handler;
      Key key = new Key();
      handler = key;
      value(depth);
      handler = outer;
      outer.name(key.scalar());
    }
  }
}
