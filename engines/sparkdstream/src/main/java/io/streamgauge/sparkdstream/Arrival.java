package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.record.OutRecord;

/**
 * What has arrived at the state of a stage, or at the end of a stage without: an event, or a result
 * that only keeps its place among the events, such as an alert of an earlier stage or a dead
 * letter.
 *
 * @param event null for a result
 * @param result null for an event
 */
record Arrival(Event event, OutRecord result) {
  static Arrival of(Event e) {
    return new Arrival(e, null);
  }

  /** Null for null. */
  static Arrival of(OutRecord r) {
    return r == null ? null : new Arrival(null, r);
  }
}
