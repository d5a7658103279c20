package io.streamgauge.joblib.encoding;

/** Reads the fields of a Protobuf message. */
final class Wire {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int LENGTH = 2;
  static final int FIXED32 = 5;

  private static final long MAX_NUMBER = (1 << 29) - 1;

  final Cursor in;

  // The field that was read last.
  int number;
  int type;
  long integer; // of varint, fixed32, fixed64
  int from; // of a length: where it stands
  int to;

  Wire(Cursor in) {
    this.in = in;
  }

  /** Reads the next field. False: there is none. */
  boolean next() {
    if (in.done()) {
      return false;
    }
    long tag = in.varint();
    if (tag >>> 3 < 1 || tag >>> 3 > MAX_NUMBER) {
      throw Malformed.BAD_FORMAT;
    }
    number = (int) (tag >>> 3);
    type = (int) tag & 7;
    switch (type) {
      case VARINT -> integer = in.varint();
      case FIXED64 -> integer = in.littleEndian(Long.BYTES);
      case FIXED32 -> integer = in.littleEndian(Integer.BYTES);
      case LENGTH -> {
        from = in.take(in.varint());
        to = in.at;
      }
      default -> throw Malformed.BAD_FORMAT;
    }
    return true;
  }
}
