package io.streamgauge.joblib.operator;

/**
 * The operator dedupe: drops an event whose sequence its device has already sent, as far back as
 * the span reaches.
 */
public final class Dedupe {
  private final int span;

  Dedupe(int span) {
    this.span = span;
  }

  /** How many sequences of a device are remembered. */
  public int span() {
    return span;
  }

  /** The state of a device that has sent nothing yet. */
  public Seen empty() {
    return new Seen(span);
  }
}
