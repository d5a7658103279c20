package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.record.OutRecord;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Objects;

/**
 * What arrivals give, in order. mapWithState keeps this beside the state of its batch, in memory
 * and on disk, for as long as it remembers the batch; nobody asks for it again once it is written,
 * so it is emptied then.
 */
public final class Answers implements Serializable {
  private static final long serialVersionUID = 1;

  private static final OutRecord[] NOTHING = {};
  private static final Answers NONE = new Answers(NOTHING);

  private OutRecord[] records;

  /** For serializers. */
  public Answers() {
    this(NOTHING);
  }

  private Answers(OutRecord[] records) {
    this.records = records;
  }

  /** Those that are not null. */
  static Answers of(OutRecord... records) {
    OutRecord[] some = Arrays.stream(records).filter(Objects::nonNull).toArray(OutRecord[]::new);
    return some.length == 0 ? NONE : new Answers(some);
  }

  /** Nothing. */
  static Answers none() {
    return NONE;
  }

  /** The records; none any more once they are forgotten. */
  OutRecord[] records() {
    return records;
  }

  /** Lets the records go: they are written. */
  void forget() {
    records = NOTHING;
  }
}
