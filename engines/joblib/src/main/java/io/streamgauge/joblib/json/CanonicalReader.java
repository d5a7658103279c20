package io.streamgauge.joblib.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Walks over the fields of canonical JSON without making an object for any of them. All methods
 * throw IllegalArgumentException where the bytes are not canonical JSON. Not safe for concurrent
 * use.
 */
public final class CanonicalReader {
  private static final int SHOWN = 200;
  private static final byte[] NOTHING = {};

  private final byte[] b;
  private int at;
  private int from; // of the name
  private int to;
  private long value;

  /** Begins before the first field. */
  public CanonicalReader(byte[] b) {
    this.b = b == null ? NOTHING : b;
  }

  /** Goes to the next field; false behind the last one, when everything has been read. */
  public boolean next() {
    if (at == 0) {
      expect('{');
      if (at < b.length && b[at] == '}') {
        return end();
      }
      name(0, 0);
    } else {
      if (at < b.length && b[at] == '}') {
        return end();
      }
      expect(',');
      name(from, to);
    }
    value = number();
    return true;
  }

  /** Whether the current field has this name, given in ASCII. */
  public boolean named(byte[] name) {
    return Arrays.equals(name, 0, name.length, b, from, to);
  }

  /** The name of the current field. */
  public String name() {
    return new String(b, from, to - from, StandardCharsets.US_ASCII);
  }

  /** The number of the current field. */
  public long value() {
    return value;
  }

  private boolean end() {
    at++;
    if (at != b.length) {
      throw refuse();
    }
    return false;
  }

  /** Reads a name, which must come behind the one that stands between two positions. */
  private void name(int lastFrom, int lastTo) {
    expect('"');
    from = at;
    while (at < b.length && nameByte(b[at], at == from)) {
      at++;
    }
    to = at;
    if (to == from || Arrays.compareUnsigned(b, lastFrom, lastTo, b, from, to) >= 0) {
      throw refuse();
    }
    expect('"');
    expect(':');
  }

  private static boolean nameByte(byte c, boolean first) {
    return c >= 'a' && c <= 'z' || !first && (c >= '0' && c <= '9' || c == '_');
  }

  private long number() {
    boolean negative = at < b.length && b[at] == '-';
    if (negative) {
      at++;
    }
    int first = at;
    long v = 0; // kept negative: the range of long reaches one further there
    for (; at < b.length && b[at] >= '0' && b[at] <= '9'; at++) {
      int digit = b[at] - '0';
      if (v < (Long.MIN_VALUE + digit) / 10) {
        throw refuse();
      }
      v = v * 10 - digit;
    }
    int digits = at - first;
    boolean zeroFirst = digits > 0 && b[first] == '0' && (digits > 1 || negative);
    if (digits == 0 || zeroFirst || !negative && v == Long.MIN_VALUE) {
      throw refuse();
    }
    return negative ? v : -v;
  }

  private void expect(char c) {
    if (at >= b.length || b[at] != c) {
      throw refuse();
    }
    at++;
  }

  private IllegalArgumentException refuse() {
    String text = new String(b, 0, Math.min(b.length, SHOWN), StandardCharsets.UTF_8);
    return new IllegalArgumentException("not canonical JSON at byte " + at + ": " + text);
  }
}
