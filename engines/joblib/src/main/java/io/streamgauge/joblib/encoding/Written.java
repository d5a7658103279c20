package io.streamgauge.joblib.encoding;

/**
 * What a message that is being written holds: the device, the event time, and metrics by their
 * position in ascending order of the names.
 */
final class Written {
  private static final byte[] NOBODY = {};
  private static final double MILLION = 1e6;
  private static final double THOUSAND = 1e3;

  final byte[] device;
  final long time; // ms since the epoch
  private final long[] values;
  private final boolean[] present;
  private final int[] slots;

  Written(byte[] device, long time, long[] values, boolean[] present, int[] slots) {
    this.device = device == null ? NOBODY : device;
    this.time = time;
    this.values = values;
    this.present = present;
    this.slots = slots;
  }

  int metrics() {
    return slots.length;
  }

  boolean has(int metric) {
    return present[slots[metric]];
  }

  /** How many metrics there are. */
  int count() {
    int n = 0;
    for (int slot : slots) {
      n += present[slot] ? 1 : 0;
    }
    return n;
  }

  /** A metric in millionths. */
  long micros(int metric) {
    return values[slots[metric]];
  }

  /** The double nearest to a metric. */
  double number(int metric) {
    return micros(metric) / MILLION;
  }

  /** The double nearest to the time in seconds. */
  double seconds() {
    return time / THOUSAND;
  }
}
