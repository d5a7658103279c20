package io.streamgauge.joblib.operator;

/**
 * The operator calibrate: metric becomes gain × metric + offset, all in millionths, rounded half
 * up.
 */
final class Calibrate implements Operator {
  static final long MAX_GAIN = 1_000_000_000L;
  static final long MAX_MICROS = 10_000_000_000_000L;
  private static final long MILLION = 1_000_000;

  private final int metric;
  private final int gain;
  private final int offset;

  Calibrate(int metric, int gain, int offset) {
    this.metric = metric;
    this.gain = gain;
    this.offset = offset;
  }

  @Override
  public Verdict apply(Event e) {
    if (!e.present[gain] || !e.present[offset]) {
      throw new IllegalArgumentException(
          "calibrate: the reading has no gain or no offset, which enrich adds to each");
    }
    if (!e.present[metric]) {
      return Verdict.PASS;
    }
    long g = e.values[gain];
    long o = e.values[offset];
    long raw = e.values[metric];
    if (beyond(g, MAX_GAIN) || beyond(o, MAX_MICROS) || beyond(raw, MAX_MICROS)) {
      throw new IllegalArgumentException(
          "calibrate: a gain, offset or metric beyond the limits of numbers");
    }
    long v = scale(g, raw) + o;
    if (beyond(v, MAX_MICROS)) {
      return Verdict.refuse(Reason.RANGE);
    }
    e.values[metric] = v;
    return Verdict.PASS;
  }

  private static boolean beyond(long v, long limit) {
    return v > limit || v < -limit;
  }

  /** Split in whole units and rest, no product leaves long: |gain × raw / 10^6| ≤ 10^16. */
  static long scale(long gain, long raw) {
    long q = Math.floorDiv(raw, MILLION);
    long r = raw - q * MILLION;
    return gain * q + Math.floorDiv(gain * r + MILLION / 2, MILLION);
  }
}
