package io.streamgauge.joblib.operator;

/**
 * The operator detect: an alarm begins above a threshold and ends {@code clear} below it. The state
 * of a device is one bit, at first false. Events of a device must come in the order of their
 * offsets.
 */
public final class Detect {
  private final String topic;
  private final int node;
  private final boolean emits;
  private final int metric;
  private final int aboveSlot; // -1: the constant
  private final long above;
  private final long clear;

  Detect(String topic, int node, boolean emits, int metric, int aboveSlot, long above, long clear) {
    this.topic = topic;
    this.node = node;
    this.emits = emits;
    this.metric = metric;
    this.aboveSlot = aboveSlot;
    this.above = above;
    this.clear = clear;
  }

  int node() {
    return node;
  }

  boolean emits() {
    return emits;
  }

  /**
   * Applies the operator to an event.
   *
   * @param active the state of the event's owner before it
   * @return null where nothing changes; otherwise the alert, whose {@code active} is the state from
   *     now on
   * @throws CorruptRecordException for a reading without the threshold
   */
  public Alert apply(boolean active, Event e) {
    if (aboveSlot >= 0 && !e.present[aboveSlot]) {
      throw new CorruptRecordException(
          topic,
          e.partition,
          e.offset,
          "detect: the reading has no threshold, which enrich adds to each");
    }
    if (!e.present[metric]) {
      return null;
    }
    long threshold = aboveSlot >= 0 ? e.values[aboveSlot] : above;
    long v = e.values[metric];
    if (!active && v > threshold) {
      return new Alert(true, threshold, v);
    }
    if (active && v + clear <= threshold) { // v ≤ threshold − clear, without its overflow
      return new Alert(false, threshold, v);
    }
    return null;
  }
}
