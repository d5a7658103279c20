package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.json.Canonical;

/**
 * The operator window: per owner, over the events that have the metric, in windows [start, end) of
 * event time whose starts are multiples of the step since the epoch. When a window is final is the
 * engine's watermark's to say: at end + lateness.
 */
public final class Window {
  private final int node;
  private final boolean emits;
  private final int metric;
  private final long size;
  private final long step;
  private final long lateness;

  Window(int node, boolean emits, int metric, long size, long step, long lateness) {
    this.node = node;
    this.emits = emits;
    this.metric = metric;
    this.size = size;
    this.step = step;
    this.lateness = lateness;
  }

  int node() {
    return node;
  }

  boolean emits() {
    return emits;
  }

  /** Length of a window in ms. */
  public long size() {
    return size;
  }

  /** Distance of two starts in ms; equal to the size where windows tumble. */
  public long step() {
    return step;
  }

  /** How long after its end a window stays open, in ms of event time. */
  public long lateness() {
    return lateness;
  }

  /** Whether the event contributes: it has the metric. It moves the watermark in any case. */
  public boolean has(Event e) {
    return e.present[metric];
  }

  /** The metric of an event that has it, in millionths. */
  public long metric(Event e) {
    return e.values[metric];
  }

  /**
   * Start of the latest window an event time belongs to; the others start one step earlier each.
   */
  public long lastStart(long time) {
    return Math.floorDiv(time, step) * step;
  }

  /** Start of the earliest window an event time belongs to. */
  public long firstStart(long time) {
    return lastStart(time) - size + step;
  }

  /** Whether a window that starts there is final once the watermark stands at {@code watermark}. */
  public boolean closed(long start, long watermark) {
    return watermark >= start + size + lateness;
  }

  /** An aggregate of one event. */
  public Aggregate of(Event e) {
    Aggregate a = new Aggregate();
    add(a, e);
    return a;
  }

  /** Adds an event that has the metric. */
  public void add(Aggregate a, Event e) {
    a.add(e.key, e.stamp(), metric(e));
  }

  byte[] value(long start, Aggregate a) {
    return new Canonical.Writer()
        .field("count", a.count)
        .field("end", start + size)
        .field("max", a.max)
        .field("min", a.min)
        .field("start", start)
        .field("sum", a.sum)
        .end();
  }
}
