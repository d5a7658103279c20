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

  /**
   * A message is over: unless its chunks come again after a kill, nobody will ask for them.
   *
   * @param count of the chunks that were added, from index 0
   */
  void clear(long sequence, long count);
}
