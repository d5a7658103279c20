package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.json.Utf8;
import java.util.Arrays;

/** Reads JSON documents, one a line. */
final class JsonLines implements Content {
  private final JsonWalker walker = new JsonWalker();

  @Override
  public void read(byte[] message, Fields fields) {
    if (!Utf8.valid(message, 0, message.length) || Utf8.marked(message)) {
      throw Malformed.BAD_UTF8;
    }
    int from = 0;
    for (int at = 0; at < message.length; at++) {
      if (message[at] == '\n') {
        if (at > from) {
          document(Arrays.copyOfRange(message, from, at), fields);
        }
        from = at + 1;
      }
    }
    if (from < message.length || message.length == 0) { // a last line without an end
      walker.walk(Arrays.copyOfRange(message, from, message.length), new Tree(fields.beside()));
      throw Malformed.TRUNCATED;
    }
  }

  /** Lays a line over those before it. One that ends inside its document is no JSON. */
  private void document(byte[] line, Fields fields) {
    Fields own = fields.beside();
    try {
      walker.walk(line, new Tree(own));
    } catch (Malformed e) {
      throw e == Malformed.TRUNCATED ? Malformed.BAD_JSON : e;
    }
    fields.layAll(own);
  }
}
