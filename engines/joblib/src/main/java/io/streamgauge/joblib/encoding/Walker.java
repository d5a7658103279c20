package io.streamgauge.joblib.encoding;

/** Reads documents of one encoding and tells what they hold. */
interface Walker {
  /** Reads a whole message. Throws {@link Malformed}. */
  void walk(byte[] message, Handler h);
}
