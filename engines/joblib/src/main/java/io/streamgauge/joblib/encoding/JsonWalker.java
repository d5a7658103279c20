package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.json.Escapes;
import io.streamgauge.joblib.json.Scanner;
import io.streamgauge.joblib.json.Utf8;

/** Reads JSON, for encodings that are JSON of a certain form. */
final class JsonWalker implements Walker {
  private static final int MAX_DEPTH = 64;
  private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
  private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
  private static final byte[] NULL = {'n', 'u', 'l', 'l'};

  @Override
  public void walk(byte[] message, Handler h) {
    if (!Utf8.valid(message, 0, message.length) || Utf8.marked(message)) {
      throw Malformed.BAD_UTF8;
    }
    Reader r = new Reader(message, h);
    r.at = r.scan.space(0);
    r.value(0);
    r.at = r.scan.space(r.at);
    if (r.at < message.length) {
      throw Malformed.BAD_JSON;
    }
  }

  private static final class Reader {
    final byte[] message;
    final Scanner scan;
    final Handler handler;
    int at;

    Reader(byte[] message, Handler handler) {
      this.message = message;
      this.handler = handler;
      scan = new Scanner(message, 0);
    }

    private byte peek() {
      if (at == message.length) {
        throw Malformed.TRUNCATED;
      }
      return message[at];
    }

    /** Goes on behind what the scanner read. */
    private int past(int end) {
      if (end < 0) {
        throw end == Scanner.BAD ? Malformed.BAD_JSON : Malformed.TRUNCATED;
      }
      int from = at;
      at = end;
      return from;
    }

    void value(int depth) {
      byte c = peek();
      switch (c) {
        case '{', '[' -> container(c == '[', depth + 1);
        case '"' -> handler.value(string());
        case 't' -> word(TRUE, Scalar.OTHER);
        case 'f' -> word(FALSE, Scalar.OTHER);
        case 'n' -> word(NULL, Scalar.MISSING);
        default -> {
          if (c != '-' && (c < '0' || c > '9')) {
            throw Malformed.BAD_JSON;
          }
          int from = past(scan.number(at));
          handler.value(Scalar.token(message, from, at));
        }
      }
    }

    private void word(byte[] word, Scalar s) {
      past(scan.literal(at, word));
      handler.value(s);
    }

    private Scalar string() {
      int from = past(scan.string(at)) + 1;
      if (!scan.escaped()) {
        return Scalar.text(message, from, at - 1);
      }
      byte[] text = Escapes.decode(message, from, at - 1);
      return Scalar.text(text, 0, text.length);
    }

    private void container(boolean list, int depth) {
      if (depth > MAX_DEPTH) {
        throw Malformed.BAD_JSON;
      }
      byte end = list ? (byte) ']' : (byte) '}';
      handler.open(list);
      at = scan.space(at + 1);
      boolean more = peek() != end;
      while (more) {
        if (!list) {
          name();
        }
        value(depth);
        at = scan.space(at);
        byte c = peek();
        if (c != ',' && c != end) {
          throw Malformed.BAD_JSON;
        }
        more = c == ',';
        if (more) {
          at = scan.space(at + 1);
        }
      }
      at++;
      handler.close();
    }

    private void name() {
      expect('"');
      handler.name(string());
      at = scan.space(at);
      expect(':');
      at = scan.space(at + 1);
    }

    private void expect(char c) {
      if (peek() != c) {
        throw Malformed.BAD_JSON;
      }
    }
  }
}
