package io.streamgauge.trident;

import java.util.concurrent.TimeUnit;

/**
 * How much later the batches of a stage begin than their interval says: backpressure is here that a
 * batch waits until the one before is through. Not safe for concurrent use.
 */
final class Pace {
  private final long intervalMillis;
  private long last; // ns
  private boolean begun;

  Pace(long intervalMillis) {
    this.intervalMillis = intervalMillis;
  }

  /**
   * A batch begins.
   *
   * @param nanos the time, as {@link System#nanoTime} has it
   * @return ms by which it is late, 0 for the first one
   */
  long begins(long nanos) {
    long late = TimeUnit.NANOSECONDS.toMillis(nanos - last) - intervalMillis;
    boolean first = !begun;
    begun = true;
    last = nanos;
    return first ? 0 : Math.max(0, late);
  }
}
