package io.streamgauge.joblib.encoding;

/**
 * Writes readings as messages, to the byte as SEMANTICS.md section 3.1 has them. Threads may share
 * it.
 */
@FunctionalInterface
public interface MessageEncoder {
  /**
   * The message of one event.
   *
   * @param device the record's key; null counts as empty
   * @param time event time, ms since the epoch
   * @param values millionths by slot
   * @param present which of the values there are
   */
  byte[] encode(byte[] device, long time, long[] values, boolean[] present);
}
