package io.streamgauge.joblib.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Canonical JSON: one object, keys in ascending byte order, no spaces, all values integers in
 * decimal without leading zeros or a plus sign.
 */
public final class Canonical {
  private Canonical() {}

  /**
   * Reads canonical JSON.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static Map<String, Long> parse(byte[] b) {
    Map<String, Long> fields = new LinkedHashMap<>();
    for (CanonicalReader r = new CanonicalReader(b); r.next(); ) {
      fields.put(r.name(), r.value());
    }
    return fields;
  }

  /** A field's name as {@link Writer#field(byte[], long)} takes it: quoted, with the colon. */
  public static byte[] quoted(String name) {
    return ('"' + name + "\":").getBytes(StandardCharsets.US_ASCII);
  }

  /** Bytes of a number in decimal. */
  public static int size(long v) {
    int size = v < 0 ? 2 : 1;
    for (long rest = v / 10; rest != 0; rest /= 10) {
      size++;
    }
    return size;
  }

  /**
   * Writes one object. Fields must come in ascending order of their names, which need no escapes.
   */
  public static final class Writer {
    private static final int USUAL = 128;

    private byte[] b;
    private int length;

    /** For an object of the usual size; it may become larger. */
    public Writer() {
      this(USUAL);
    }

    /**
     * For an object of so many bytes; it may become larger, and where it does not, nothing is
     * copied at the end.
     */
    public Writer(int capacity) {
      b = new byte[capacity];
      put('{');
    }

    /** Adds a field. */
    public Writer field(String name, long value) {
      return field(quoted(name), value);
    }

    /** Adds a field whose name was {@link Canonical#quoted}. */
    public Writer field(byte[] quoted, long value) {
      if (length > 1) {
        put(',');
      }
      room(quoted.length);
      System.arraycopy(quoted, 0, b, length, quoted.length);
      length += quoted.length;
      number(value);
      return this;
    }

    /** Ends the object and gives its bytes. */
    public byte[] end() {
      put('}');
      return length == b.length ? b : Arrays.copyOf(b, length);
    }

    private void number(long v) {
      int size = size(v);
      room(size);
      length += size;
      int i = length;
      long rest = v < 0 ? v : -v; // negative: the range of long reaches one further there
      do {
        b[--i] = (byte) ('0' - rest % 10);
        rest /= 10;
      } while (rest != 0);
      if (v < 0) {
        b[--i] = '-';
      }
    }

    private void put(char c) {
      room(1);
      b[length++] = (byte) c;
    }

    private void room(int n) {
      if (length + n > b.length) {
        b = Arrays.copyOf(b, Math.max(2 * b.length, length + n));
      }
    }
  }
}
