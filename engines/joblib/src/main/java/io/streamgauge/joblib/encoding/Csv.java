package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.json.Utf8;
import java.io.ByteArrayOutputStream;

/** Reads lines of cells (RFC 4180): device, time, metrics. */
final class Csv implements Content {
  @Override
  public void read(byte[] message, Fields fields) {
    if (!Utf8.valid(message, 0, message.length) || Utf8.marked(message)) {
      throw Malformed.BAD_UTF8;
    }
    Lines lines = new Lines(new Cursor(message), fields);
    do {
      lines.line();
    } while (!lines.in.done());
  }

  private static final class Lines {
    final Cursor in;
    final Fields fields;

    Lines(Cursor in, Fields fields) {
      this.in = in;
      this.fields = fields;
    }

    void line() {
      int n = 0;
      boolean more = true;
      for (; more; n++) {
        Scalar cell = cell();
        if (n < fields.places().count) {
          fields.lay(n, scalar(n, cell));
        }
        more = more();
      }
      if (n != fields.places().count) {
        throw Malformed.BAD_FORMAT;
      }
    }

    private static Scalar scalar(int field, Scalar cell) {
      if (cell.from() == cell.to()) {
        return Scalar.MISSING;
      }
      return field == Places.DEVICE
          ? cell
          : Scalar.numberText(cell.bytes(), cell.from(), cell.to());
    }

    private Scalar cell() {
      int from = in.at;
      if (!in.done() && in.bytes[in.at] == '"') {
        return quoted();
      }
      for (; !in.done(); in.at++) {
        switch (in.bytes[in.at]) {
          case ',', '\n', '\r':
            return Scalar.text(in.bytes, from, in.at);
          case '"':
            throw Malformed.BAD_FORMAT;
          default: // goes on
        }
      }
      throw Malformed.TRUNCATED;
    }

    private Scalar quoted() {
      in.at++;
      ByteArrayOutputStream cell = new ByteArrayOutputStream();
      while (true) {
        int c = in.next();
        if (c == '"') {
          if (in.done() || in.bytes[in.at] != '"') {
            byte[] text = cell.toByteArray();
            return Scalar.text(text, 0, text.length);
          }
          in.at++;
        }
        cell.write(c);
      }
    }

    /** Reads what follows a cell: a comma, or the end of the line. */
    private boolean more() {
      int c = in.next();
      if (c == '\r') {
        c = in.next();
        if (c != '\n') {
          throw Malformed.BAD_FORMAT;
        }
      }
      if (c != ',' && c != '\n') {
        throw Malformed.BAD_FORMAT;
      }
      return c == ',';
    }
  }
}
