package io.streamgauge.joblib.record;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Bytes as the key of a map.
 *
 * @param bytes shared, never changed
 */
public record ByteKey(byte[] bytes) implements Serializable {
  @Override
  public boolean equals(Object o) {
    return o instanceof ByteKey k && Arrays.equals(bytes, k.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
