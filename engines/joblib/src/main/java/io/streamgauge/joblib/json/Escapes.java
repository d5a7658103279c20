package io.streamgauge.joblib.json;

import java.util.Arrays;

/** Takes the escapes out of strings that were found to be well formed before. */
public final class Escapes {
  private static final int REPLACEMENT = 0xfffd;

  private final byte[] from;
  private int at;
  private final byte[] text;
  private int length;

  private Escapes(byte[] from, int at, int to) {
    this.from = from;
    this.at = at;
    text = new byte[to - at]; // no escape is shorter than what it stands for
  }

  /**
   * The content of a string between two positions, without its quotes. An escaped half of a
   * surrogate pair without its partner becomes U+FFFD.
   */
  public static byte[] decode(byte[] b, int from, int to) {
    Escapes e = new Escapes(b, from, to);
    while (e.at < to) {
      byte c = b[e.at++];
      if (c == '\\') {
        e.escape(b[e.at++], to);
      } else {
        e.put(c);
      }
    }
    return Arrays.copyOf(e.text, e.length);
  }

  private void escape(byte kind, int to) {
    switch (kind) {
      case 'b' -> put('\b');
      case 'f' -> put('\f');
      case 'n' -> put('\n');
      case 'r' -> put('\r');
      case 't' -> put('\t');
      case 'u' -> character(to);
      default -> put(kind); // a quote, a slash or a backslash
    }
  }

  /** Reads one UTF-16 unit in four digits, and its partner if it has one. */
  private void character(int to) {
    char c = unit(at);
    at += 4;
    if (!Character.isSurrogate(c)) {
      utf8(c);
      return;
    }
    boolean next = at + 6 <= to && from[at] == '\\' && from[at + 1] == 'u';
    char low = next ? unit(at + 2) : 0;
    if (Character.isSurrogatePair(c, low)) {
      at += 6;
      utf8(Character.toCodePoint(c, low));
    } else {
      utf8(REPLACEMENT);
    }
  }

  private char unit(int i) {
    int high = hex(from[i]) << 12 | hex(from[i + 1]) << 8;
    return (char) (high | hex(from[i + 2]) << 4 | hex(from[i + 3]));
  }

  /** Value of a hexadecimal digit; negative for other bytes. */
  static int hex(byte c) {
    return c < 0 ? -1 : Character.digit(c, 16);
  }

  private void utf8(int c) {
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xc0 | c >> 6);
      put(0x80 | c & 0x3f);
    } else if (c < 0x10000) {
      put(0xe0 | c >> 12);
      put(0x80 | c >> 6 & 0x3f);
      put(0x80 | c & 0x3f);
    } else {
      put(0xf0 | c >> 18);
      put(0x80 | c >> 12 & 0x3f);
      put(0x80 | c >> 6 & 0x3f);
      put(0x80 | c & 0x3f);
    }
  }

  private void put(int b) {
    text[length++] = (byte) b;
  }
}
