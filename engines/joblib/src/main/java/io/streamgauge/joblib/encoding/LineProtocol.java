package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.json.Utf8;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Reads lines of InfluxDB's line protocol. */
final class LineProtocol implements Content {
  private static final Set<String> BOOLEANS =
      Set.of("t", "T", "true", "True", "TRUE", "f", "F", "false", "False", "FALSE");
  private static final String SEPARATORS = ",= \n";
  private static final int LONGEST_BOOLEAN = 5;

  @Override
  public void read(byte[] message, Fields fields) {
    if (!Utf8.valid(message, 0, message.length) || Utf8.marked(message)) {
      throw Malformed.BAD_UTF8;
    }
    if (message.length == 0) {
      throw Malformed.TRUNCATED;
    }
    Lines lines = new Lines(new Cursor(message), fields);
    while (!lines.in.done()) {
      lines.line();
    }
  }

  private static final class Lines {
    final Cursor in;
    final Fields fields;

    Lines(Cursor in, Fields fields) {
      this.in = in;
      this.fields = fields;
    }

    void line() {
      if (peek() == '\n') {
        in.at++;
        return;
      }
      if (peek() == '#') {
        rest();
        return;
      }
      boolean named = filled(token(", \n"));
      peek();
      if (!named) {
        throw Malformed.BAD_FORMAT;
      }
      while (peek() == ',') {
        tag();
      }
      if (peek() != ' ') {
        throw Malformed.BAD_FORMAT;
      }
      do {
        field();
      } while (peek() == ',');
      end();
    }

    private byte peek() {
      if (in.done()) {
        throw Malformed.TRUNCATED;
      }
      return in.bytes[in.at];
    }

    private static boolean filled(Scalar s) {
      return s.to() > s.from();
    }

    /**
     * What stands up to one of the stops, or to the end of the input. A backslash takes its meaning
     * from a comma, an equals sign or a space.
     */
    private Scalar token(String stops) {
      int from = in.at;
      ByteArrayOutputStream unescaped = null;
      for (; !in.done(); in.at++) {
        byte c = in.bytes[in.at];
        if (c == '\\' && in.at + 1 < in.end && escapable(in.bytes[in.at + 1])) {
          if (unescaped == null) {
            unescaped = new ByteArrayOutputStream();
            unescaped.write(in.bytes, from, in.at - from);
          }
          in.at++;
          c = in.bytes[in.at];
        } else if (c >= 0 && stops.indexOf(c) >= 0) {
          break;
        }
        if (unescaped != null) {
          unescaped.write(c);
        }
      }
      if (unescaped == null) {
        return Scalar.text(in.bytes, from, in.at);
      }
      byte[] text = unescaped.toByteArray();
      return Scalar.text(text, 0, text.length);
    }

    private static boolean escapable(byte c) {
      return c == ',' || c == '=' || c == ' ';
    }

    /** Reads a comma or space, a name and the equals sign. */
    private Scalar name() {
      in.at++;
      Scalar name = token(SEPARATORS);
      if (peek() != '=' || !filled(name)) {
        throw Malformed.BAD_FORMAT;
      }
      in.at++;
      return name;
    }

    private void tag() {
      Scalar name = name();
      Scalar value = token(SEPARATORS);
      byte c = peek();
      if (!filled(value) || c == '=' || c == '\n') {
        throw Malformed.BAD_FORMAT;
      }
      if (fields.isDevice(name)) {
        fields.lay(Places.DEVICE, value);
      }
    }

    private void field() {
      Scalar name = name();
      Scalar value = !in.done() && in.bytes[in.at] == '"' ? quoted() : plain();
      byte c = peek();
      if (c != ',' && c != ' ' && c != '\n') {
        throw Malformed.BAD_FORMAT;
      }
      fields.layNamed(name.bytes(), name.from(), name.to(), value);
    }

    private Scalar quoted() {
      int from = ++in.at;
      while (true) {
        int c = in.next();
        if (c == '"') {
          return Scalar.text(in.bytes, from, in.at - 1);
        }
        if (c == '\\' && !in.done() && (peek() == '"' || peek() == '\\')) {
          in.at++;
        }
      }
    }

    /** Reads a value that is no text: a number, an integer with i or u behind it, a boolean. */
    private Scalar plain() {
      int from = in.at;
      while (peek() != ',' && peek() != ' ' && peek() != '\n') {
        in.at++;
      }
      int to = in.at;
      Scalar s = Scalar.numberText(in.bytes, from, to);
      if (!s.is(Scalar.Kind.TEXT)) {
        return s;
      }
      if (to - from <= LONGEST_BOOLEAN
          && BOOLEANS.contains(
              new String(in.bytes, from, to - from, StandardCharsets.ISO_8859_1))) {
        return Scalar.OTHER;
      }
      if (to > from && integer(in.bytes, from, to)) {
        return Scalar.token(in.bytes, from, to - 1);
      }
      throw Malformed.BAD_FORMAT;
    }

    private static boolean integer(byte[] b, int from, int to) {
      byte kind = b[to - 1];
      return (kind == 'i' || kind == 'u' && b[from] != '-')
          && NumberText.isInteger(b, from, to - 1);
    }

    /** Reads the time, if there is one, and the end of the line. */
    private void end() {
      boolean timed = peek() == ' ';
      in.at++;
      if (!timed) {
        return;
      }
      int from = in.at;
      int to = rest();
      if (!NumberText.isInteger(in.bytes, from, to)) {
        throw Malformed.BAD_FORMAT;
      }
      fields.lay(Places.TIME, Scalar.token(in.bytes, from, to));
    }

    /** Reads to the end of the line and gives its position. */
    private int rest() {
      while (peek() != '\n') {
        in.at++;
      }
      return in.at++;
    }
  }
}
