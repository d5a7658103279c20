package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.json.Numbers;

/**
 * One value of a message.
 *
 * @param bytes of text: where it stands, from one position to before another
 */
record Scalar(Kind kind, double number, byte[] bytes, int from, int to) {
  /** What a value is. Absent and null are one: missing. */
  enum Kind {
    MISSING,
    OTHER,
    TEXT,
    NUMBER,
    LONG_NUMBER
  }

  static final Scalar MISSING = new Scalar(Kind.MISSING, 0, null, 0, 0);
  static final Scalar OTHER = new Scalar(Kind.OTHER, 0, null, 0, 0);
  static final Scalar LONG_NUMBER = new Scalar(Kind.LONG_NUMBER, 0, null, 0, 0);

  private static final int MAX_NUMBER_BYTES = 64;

  static Scalar of(double number) {
    return new Scalar(Kind.NUMBER, number, null, 0, 0);
  }

  static Scalar text(byte[] b, int from, int to) {
    return new Scalar(Kind.TEXT, 0, b, from, to);
  }

  /** A number token of JSON's grammar. */
  static Scalar token(byte[] b, int from, int to) {
    return to - from > MAX_NUMBER_BYTES ? LONG_NUMBER : of(Numbers.nearest(b, from, to));
  }

  /** A text read as a number where it is a number token of JSON. */
  static Scalar numberText(byte[] b, int from, int to) {
    return NumberText.is(b, from, to) ? token(b, from, to) : text(b, from, to);
  }

  boolean is(Kind k) {
    return kind == k;
  }
}
