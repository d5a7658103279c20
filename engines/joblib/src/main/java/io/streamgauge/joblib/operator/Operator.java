package io.streamgauge.joblib.operator;

/** A stateless operator. Implementations are immutable. */
interface Operator {
  /**
   * Says what becomes of the event; may change its values.
   *
   * @throws IllegalArgumentException for an event that no engine of the job can have written
   */
  Verdict apply(Event e);
}
