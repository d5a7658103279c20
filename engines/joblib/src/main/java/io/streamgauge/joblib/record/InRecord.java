package io.streamgauge.joblib.record;

import java.io.Serializable;

/**
 * A record as a stage reads it. Arrays are shared, never changed.
 *
 * @param partition of the topic it was read from
 * @param offset in that partition
 * @param key device id; null where the record has none
 * @param value null where the record has none
 * @param sg first header of that name, or null
 * @param sgt first header of that name, or null
 * @param sgo first header of that name, or null
 * @param sgc first header of that name, or null
 */
public record InRecord(
    int partition,
    long offset,
    byte[] key,
    byte[] value,
    byte[] sg,
    byte[] sgt,
    byte[] sgo,
    byte[] sgc)
    implements Serializable {
  /** Of a job without large messages, to which {@code sgc} is nothing. */
  public InRecord(
      int partition, long offset, byte[] key, byte[] value, byte[] sg, byte[] sgt, byte[] sgo) {
    this(partition, offset, key, value, sg, sgt, sgo, null);
  }
}
