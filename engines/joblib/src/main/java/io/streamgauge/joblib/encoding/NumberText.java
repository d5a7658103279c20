package io.streamgauge.joblib.encoding;

/** The grammar of numbers (RFC 8259, section 6). */
final class NumberText {
  private NumberText() {}

  static boolean is(byte[] b, int from, int to) {
    int i = integer(b, from, to);
    if (i > 0 && i < to && b[i] == '.') {
      i = some(b, i + 1, to);
    }
    if (i > 0 && i < to && (b[i] == 'e' || b[i] == 'E')) {
      i++;
      if (i < to && (b[i] == '+' || b[i] == '-')) {
        i++;
      }
      i = some(b, i, to);
    }
    return i == to && to > from;
  }

  /** Whether it is a whole number, without point and exponent. */
  static boolean isInteger(byte[] b, int from, int to) {
    return to > from && integer(b, from, to) == to;
  }

  /** The position behind the part before point and exponent; -1 where there is none. */
  private static int integer(byte[] b, int from, int to) {
    int first = from < to && b[from] == '-' ? from + 1 : from;
    int end = digits(b, first, to);
    boolean ok = end == first + 1 || end > first && b[first] != '0';
    return ok ? end : -1;
  }

  private static int some(byte[] b, int from, int to) {
    int end = digits(b, from, to);
    return end > from ? end : -1;
  }

  private static int digits(byte[] b, int from, int to) {
    int i = from;
    while (i < to && b[i] >= '0' && b[i] <= '9') {
      i++;
    }
    return i;
  }
}
