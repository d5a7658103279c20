package io.streamgauge.joblib.encoding;

/** What an encoding does with a message: it puts what it finds into the fields. */
interface Content {
  /** Reads a whole message. Throws {@link Malformed}. */
  void read(byte[] message, Fields fields);
}
