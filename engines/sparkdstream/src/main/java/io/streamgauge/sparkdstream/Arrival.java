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
 * @param ended true if its batch has ended in a former life: its state alone is asked for
 */
record Arrival(Event event, OutRecord result, boolean ended) {
  static Arrival of(Event e) {
    return new Arrival(e, null, false);
  }

  /** Null for null. */
  static Arrival of(OutRecord r) {
    return r == null ? null : new Arrival(null, r, false);
  }

  /** The same, of a batch that has ended in a former life. */
  Arrival ofEndedBatch() {
    return new Arrival(event, result, true);
  }
}
