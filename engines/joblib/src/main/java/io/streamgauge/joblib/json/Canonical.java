package io.streamgauge.joblib.json;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Canonical JSON: one object, keys in ascending byte order, no spaces, all values integers in decimal without leading
 * zeros or a plus sign.
 */
public final class Canonical {
  private Canonical() {}

  /**
   * Reads canonical JSON.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static Map<String, Long> parse(byte[] b) {
    Parser p = new Parser(b);
    return p.object();
  }

  private static final class Parser {
    private final byte[] b;
    private int at;

    Parser(byte[] b) {
      this.b = b == null ? new byte[0] : b;
    }

    Map<String, Long> object() {
      Map<String, Long> fields = new LinkedHashMap<>();
      expect('{');
      if (at < b.length && b[at] == '}') {
        at++;
      } else {
        String last = null;
        do {
          String name = name();
          if (last != null && last.compareTo(name) >= 0) {
            throw refuse();
          }
          fields.put(name, number());
          last = name;
        } while (more());
      }
      if (at != b.length) {
        throw refuse();
      }
      return fields;
    }

    private String name() {
      expect('"');
      int from = at;
      while (at < b.length && nameByte(b[at], at == from)) {
        at++;
      }
      if (at == from) {
        throw refuse();
      }
      String name = new String(b, from, at - from, StandardCharsets.US_ASCII);
      expect('"');
      expect(':');
      return name;
    }

    private static boolean nameByte(byte c, boolean first) {
      return c >= 'a' && c <= 'z' || !first && (c >= '0' && c <= '9' || c == '_');
    }

    private long number() {
      boolean negative = at < b.length && b[at] == '-';
      if (negative) {
        at++;
      }
      int from = at;
      long v = 0; // kept negative: the range of long reaches one further there
      for (; at < b.length && b[at] >= '0' && b[at] <= '9'; at++) {
        int digit = b[at] - '0';
        if (v < (Long.MIN_VALUE + digit) / 10) {
          throw refuse();
        }
        v = v * 10 - digit;
      }
      int digits = at - from;
      boolean leadingZero = digits > 0 && b[from] == '0' && (digits > 1 || negative);
      if (digits == 0 || leadingZero || !negative && v == Long.MIN_VALUE) {
        throw refuse();
      }
      return negative ? v : -v;
    }

    private boolean more() {
      if (at < b.length && b[at] == ',') {
        at++;
        return true;
      }
      expect('}');
      return false;
    }

    private void expect(char c) {
      if (at >= b.length || b[at] != c) {
        throw refuse();
      }
      at++;
    }

    private IllegalArgumentException refuse() {
      int shown = Math.min(b.length, 200);
      String text = new String(b, 0, shown, StandardCharsets.UTF_8);
      return new IllegalArgumentException("not canonical JSON at byte " + at + ": " + text);
    }
  }

  /** Writes one object. Fields must come in ascending order of their names, which need no escapes. */
  public static final class Writer {
    private byte[] b = new byte[128];
    private int length;

    public Writer() {
      put('{');
    }

    /** Adds a field. */
    public Writer field(String name, long value) {
      if (length > 1) {
        put(',');
      }
      put('"');
      for (int i = 0; i < name.length(); i++) {
        put(name.charAt(i));
      }
      put('"');
      put(':');
      number(value);
      return this;
    }

    /** Ends the object and gives its bytes. */
    public byte[] end() {
      put('}');
      return java.util.Arrays.copyOf(b, length);
    }

    private void number(long v) {
      if (v < 0) {
        put('-');
      }
      int digits = 1;
      for (long rest = v / 10; rest != 0; rest /= 10) {
        digits++;
      }
      room(digits);
      length += digits;
      int i = length;
      do {
        b[--i] = (byte) ('0' + Math.abs((int) (v % 10)));
        v /= 10;
      } while (v != 0);
    }

    private void put(char c) {
      room(1);
      b[length++] = (byte) c;
    }

    private void room(int n) {
      if (length + n > b.length) {
        b = java.util.Arrays.copyOf(b, Math.max(2 * b.length, length + n));
      }
    }
  }
}
