package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.json.Canonical;

/**
 * The operator aggregate: per owner, over all events so far. When a total is told is the engine's
 * own model: after each event, or at the end of each batch. Events of an owner must be added in the
 * order of their offsets, or at least no update be told while one between is missing.
 */
public final class Aggregation {
  private final String topic;
  private final int node;
  private final int metric;

  Aggregation(String topic, int node, int metric) {
    this.topic = topic;
    this.node = node;
    this.metric = metric;
  }

  int node() {
    return node;
  }

  /**
   * The metric of an event, in millionths.
   *
   * @throws CorruptRecordException for an event without: no job lets one come here
   */
  public long metric(Event e) {
    if (!e.present[metric]) {
      throw new CorruptRecordException(
          topic,
          e.partition,
          e.offset,
          "aggregate: the reading lacks the metric that validate requires of each");
    }
    return e.values[metric];
  }

  /** A total of one event. */
  public Total of(Event e) {
    Total t = new Total();
    add(t, e);
    return t;
  }

  /** Adds an event. */
  public void add(Total t, Event e) {
    t.add(e.key, e.stamp(), metric(e), e.time);
  }

  static byte[] value(Aggregate a) {
    return new Canonical.Writer()
        .field("count", a.count)
        .field("max", a.max)
        .field("min", a.min)
        .field("sum", a.sum)
        .end();
  }
}
