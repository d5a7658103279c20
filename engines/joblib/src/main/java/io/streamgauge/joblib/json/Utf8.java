package io.streamgauge.joblib.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Tells valid UTF-8 (Unicode, table 3-7: no surrogates, nothing overlong, nothing beyond U+10FFFF).
 */
public final class Utf8 {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long NOT_ASCII = 0x8080808080808080L;

  private Utf8() {}

  static boolean valid(byte[] b) {
    return valid(b, 0, b.length);
  }

  /** Whether the bytes from one position to before another are. */
  public static boolean valid(byte[] b, int from, int to) {
    int i = from;
    while (i < to) {
      while (i + Long.BYTES <= to && ((long) WORD.get(b, i) & NOT_ASCII) == 0) {
        i += Long.BYTES;
      }
      if (i < to) {
        int n = sequence(b, i);
        if (n == 0 || n > to - i) {
          return false;
        }
        i += n;
      }
    }
    return true;
  }

  /** Whether a byte order mark comes first. */
  public static boolean marked(byte[] b) {
    return b.length >= 3 && b[0] == (byte) 0xef && b[1] == (byte) 0xbb && b[2] == (byte) 0xbf;
  }

  /** Length of the character that starts at i; 0 where none does. */
  private static int sequence(byte[] b, int i) {
    int lead = b[i] & 0xff;
    if (lead < 0x80) {
      return 1;
    }
    if (lead < 0xc2 || lead > 0xf4) {
      return 0;
    }
    if (lead < 0xe0) {
      return in(b, i + 1, 0x80, 0xbf) ? 2 : 0;
    }
    if (lead < 0xf0) {
      boolean ok =
          in(b, i + 1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf)
              && in(b, i + 2, 0x80, 0xbf);
      return ok ? 3 : 0;
    }
    boolean ok =
        in(b, i + 1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf)
            && in(b, i + 2, 0x80, 0xbf)
            && in(b, i + 3, 0x80, 0xbf);
    return ok ? 4 : 0;
  }

  private static boolean in(byte[] b, int i, int low, int high) {
    return i < b.length && (b[i] & 0xff) >= low && (b[i] & 0xff) <= high;
  }
}
