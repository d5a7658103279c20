package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.json.Utf8;
import java.nio.charset.StandardCharsets;

/** JSON without spaces. */
final class JsonNotation implements Notation {
  private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] REPLACEMENT = "\ufffd".getBytes(StandardCharsets.UTF_8);
  private static final int LONGEST = 4; // bytes of a character

  @Override
  public void open(Sink out, int members) {
    out.put('{');
  }

  @Override
  public void name(Sink out, int i, byte[] name) {
    if (i > 0) {
      out.put(',');
    }
    string(out, name);
    out.put(':');
  }

  @Override
  public void close(Sink out) {
    out.put('}');
  }

  @Override
  public void text(Sink out, byte[] text) {
    string(out, text);
  }

  @Override
  public void time(Sink out, Written message, boolean millis) {
    out.time(message.time, millis);
  }

  @Override
  public void metric(Sink out, Written message, int metric) {
    out.decimal(message.micros(metric), Sink.METRIC_PLACES);
  }

  @Override
  public void missing(Sink out) {
    out.put(NULL);
  }

  static void string(Sink out, byte[] text) {
    out.put('"');
    characters(out, text);
    out.put('"');
  }

  /** What stands between the quotes. */
  static void characters(Sink out, byte[] text) {
    int n;
    for (int i = 0; i < text.length; i += n) {
      n = character(text, i);
      if (n == 0) {
        out.put(REPLACEMENT);
        n = 1;
      } else if (text[i] == '"' || text[i] == '\\') {
        out.put('\\').put(text[i]);
      } else if (text[i] >= 0 && text[i] < ' ') {
        out.ascii(String.format("\\u%04x", text[i]));
      } else {
        out.put(text, i, i + n);
      }
    }
  }

  /** The length of the character that begins at i; 0 if none does. */
  private static int character(byte[] text, int i) {
    if (text[i] >= 0) {
      return 1;
    }
    for (int n = 2; n <= LONGEST && i + n <= text.length; n++) {
      if (Utf8.valid(text, i, i + n)) {
        return n;
      }
    }
    return 0;
  }
}
