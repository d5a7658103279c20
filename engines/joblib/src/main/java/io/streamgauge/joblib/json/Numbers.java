package io.streamgauge.joblib.json;

import java.nio.charset.StandardCharsets;

/** Turns number tokens into doubles. */
public final class Numbers {
  /** The digits of a token without exponent fit a long for sure. */
  private static final int MAX_DIGITS = 18;

  private static final long EXACT = 1L << 53;
  private static final double[] POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18
  };

  private Numbers() {}

  /**
   * The double nearest to a token of the grammar of JSON: infinite where it is too large.
   *
   * <p>Where digits, as one whole number, and power of ten are exact doubles, one division rounds
   * correctly (Clinger, How to read floating point numbers accurately, 1990). That is nearly every
   * number a sensor sends, and it costs a fraction of the general way and allocates nothing.
   */
  public static double nearest(byte[] b, int from, int to) {
    boolean negative = b[from] == '-';
    int first = negative ? from + 1 : from;
    if (to - first > MAX_DIGITS) { // with a point, one digit fewer
      return general(b, from, to);
    }
    long whole = 0;
    int decimals = 0;
    boolean point = false;
    for (int i = first; i < to; i++) {
      if (b[i] == '.') {
        point = true;
      } else if (b[i] > '9' || b[i] < '0') { // an exponent
        return general(b, from, to);
      } else {
        whole = 10 * whole + (b[i] - '0');
        decimals += point ? 1 : 0;
      }
    }
    if (whole > EXACT) {
      return general(b, from, to);
    }
    double d = whole / POWERS[decimals];
    return negative ? -d : d;
  }

  private static double general(byte[] b, int from, int to) {
    return Double.parseDouble(new String(b, from, to - from, StandardCharsets.ISO_8859_1));
  }
}
