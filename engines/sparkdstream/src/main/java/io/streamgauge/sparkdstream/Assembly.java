package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.operator.Message;

/**
 * Where a device stands with its messages in chunks, and where the chunks of the one that is coming
 * lie. Immutable.
 *
 * @param message where it stands; null where it has sent no chunk
 * @param offsets in the partition of the stage's input, of the chunks that were taken of its open
 *     message, by index
 */
record Assembly(Message message, long[] offsets) {
  private static final long[] NO_OFFSETS = {};

  /** Of a device that has sent no chunk. */
  static final Assembly NONE = new Assembly(null, NO_OFFSETS);
}
