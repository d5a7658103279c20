package io.streamgauge.joblib.operator;

/**
 * Where an engine keeps the chunks of the message that one device is sending, for reassemble. They
 * are state as {@link Message} is, and to be rolled back with it.
 */
public interface Parts {
  /** Keeps a chunk. One that is there already has the same bytes. */
  void add(long sequence, long index, byte[] chunk);

  /**
   * All chunks of a message, one behind the other.
   *
   * @param count of the chunks, from index 0
   * @param total of their bytes
   */
  byte[] join(long sequence, long count, int total);

  /** Nobody will ask for the chunks of this message again. */
  void clear(long sequence);
}
