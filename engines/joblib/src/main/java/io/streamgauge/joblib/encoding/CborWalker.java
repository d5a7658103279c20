package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.json.Utf8;
import java.io.ByteArrayOutputStream;

/** Reads CBOR (RFC 8949). Tags are passed over. */
final class CborWalker implements Walker {
  private static final int MAX_DEPTH = 64;
  private static final int NEGATIVE = 1;
  private static final int BYTE_STRING = 2;
  private static final int TEXT_STRING = 3;
  private static final int ARRAY = 4;
  private static final int MAP = 5;
  private static final int TAG = 6;
  private static final int ONE_BYTE = 24;
  private static final int EIGHT_BYTES = 27;
  private static final int INDEFINITE = 31;
  private static final int BREAK = 0xff;

  @Override
  public void walk(byte[] message, Handler h) {
    Reader r = new Reader(new Cursor(message), h);
    r.value(0);
    r.in.finish();
  }

  private static final class Reader {
    final Cursor in;
    Handler handler;

    // The head that was read last.
    int major;
    int info;
    long argument;

    Reader(Cursor in, Handler handler) {
      this.in = in;
      this.handler = handler;
    }

    void head() {
      int first = in.next();
      major = first >> 5;
      info = first & 31;
      argument = info;
      if (info == INDEFINITE && major >= BYTE_STRING && major != TAG) {
        return;
      }
      if (info > EIGHT_BYTES) {
        throw Malformed.BAD_FORMAT;
      }
      if (info >= ONE_BYTE) {
        argument = in.bigEndian(1 << info - ONE_BYTE);
      }
    }

    void value(int depth) {
      do {
        head();
      } while (major == TAG);
      switch (major) {
        case 0 -> handler.value(Scalar.of(Cursor.unsigned(argument)));
        case NEGATIVE -> handler.value(Scalar.of(negative(argument)));
        case BYTE_STRING, TEXT_STRING -> string();
        case ARRAY, MAP -> container(major == ARRAY, info == INDEFINITE, argument, depth + 1);
        default -> handler.value(simple());
      }
    }

    private static double negative(long n) {
      return n == -1 ? -0x1p64 : -Cursor.unsigned(n + 1);
    }

    private Scalar simple() {
      if (info == INDEFINITE || info == ONE_BYTE && argument < 32) {
        throw Malformed.BAD_FORMAT;
      }
      if (info > ONE_BYTE) {
        return Scalar.of(number());
      }
      return argument == 22 || argument == 23 ? Scalar.MISSING : Scalar.OTHER;
    }

    private double number() {
      return switch (info) {
        case 25 -> half((int) argument);
        case 26 -> Float.intBitsToFloat((int) argument);
        default -> Double.longBitsToDouble(argument);
      };
    }

    private static double half(int h) {
      int exp = h >> 10 & 31;
      int mant = h & 1023;
      double d =
          switch (exp) {
            case 0 -> Math.scalb((double) mant, -24);
            case 31 -> mant == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            default -> Math.scalb((double) (mant + 1024), exp - 25);
          };
      return (h & 0x8000) == 0 ? d : -d;
    }

    private void string() {
      int kind = major;
      if (info != INDEFINITE) {
        part(kind);
        handler.value(kind == TEXT_STRING ? Scalar.text(in.bytes, from, in.at) : Scalar.OTHER);
        return;
      }
      ByteArrayOutputStream chunks = new ByteArrayOutputStream();
      while (!breaks()) {
        if (!in.done() && !chunk(in.bytes[in.at] & 0xff, kind)) { // whatever follows it
          throw Malformed.BAD_FORMAT;
        }
        head();
        part(kind);
        chunks.write(in.bytes, from, in.at - from);
      }
      byte[] all = chunks.toByteArray();
      handler.value(kind == TEXT_STRING ? Scalar.text(all, 0, all.length) : Scalar.OTHER);
    }

    private static boolean chunk(int first, int kind) {
      return first >> 5 == kind && (first & 31) != INDEFINITE;
    }

    private int from; // of the part read last

    private void part(int kind) {
      from = in.take(argument);
      if (kind == TEXT_STRING && !Utf8.valid(in.bytes, from, in.at)) {
        throw Malformed.BAD_UTF8;
      }
    }

    private boolean breaks() {
      if (in.done() || (in.bytes[in.at] & 0xff) != BREAK) {
        return false;
      }
      in.at++;
      return true;
    }

    private void container(boolean list, boolean open, long n, int depth) {
      if (depth > MAX_DEPTH) {
        throw Malformed.BAD_FORMAT;
      }
      handler.open(list);
      for (long i = 0; open || Long.compareUnsigned(i, n) < 0; i++) {
        if (open && breaks()) {
          break;
        }
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
