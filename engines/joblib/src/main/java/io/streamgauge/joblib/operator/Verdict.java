package io.streamgauge.joblib.operator;

/**
 * What operators say of an event: it passes, is dropped without an answer, or is refused for a
 * reason.
 */
public final class Verdict {
  public static final Verdict PASS = new Verdict(null);
  public static final Verdict DROP = new Verdict(null);

  private static final Verdict[] REFUSED = new Verdict[Reason.values().length];

  static {
    for (Reason r : Reason.values()) {
      REFUSED[r.ordinal()] = new Verdict(r);
    }
  }

  private final Reason reason;

  private Verdict(Reason reason) {
    this.reason = reason;
  }

  /** A dead letter for a reason. */
  public static Verdict refuse(Reason reason) {
    return REFUSED[reason.ordinal()];
  }

  /** Why the event was refused; null where it was not. */
  public Reason reason() {
    return reason;
  }
}
