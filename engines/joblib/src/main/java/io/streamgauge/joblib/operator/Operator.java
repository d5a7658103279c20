package io.streamgauge.joblib.operator;

/** A stateless operator. Implementations are immutable. */
interface Operator {
  /** Says what becomes of the event; may change its values. */
  Verdict apply(Event e);
}
