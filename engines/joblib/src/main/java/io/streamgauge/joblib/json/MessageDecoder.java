package io.streamgauge.joblib.json;

import io.streamgauge.joblib.operator.Reason;

/** Decodes messages of one encoding. One may be shared by threads. */
public interface MessageDecoder {
  /**
   * Reads a message.
   *
   * @param key the record's key, which the device must equal; null counts as empty
   * @param value the message; null counts as empty
   * @param values receives the metrics in millionths, each in its slot
   * @param present receives which of them the message has
   * @return null, or why the message is refused: then what values and present hold means nothing
   */
  Reason decode(byte[] key, byte[] value, long[] values, boolean[] present);
}
