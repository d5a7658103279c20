package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.record.OutRecord;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.spark.util.KnownSizeEstimation;

/**
 * What arrivals give, in order. mapWithState keeps this beside the state of its batch, in memory
 * and on disk, for as long as it remembers the batch; nobody asks for it again once it is written,
 * so it is emptied then. That is of use in stages of large messages, where Spark keeps it as an
 * object: in other stages it keeps bytes.
 */
public final class Answers implements Serializable, KnownSizeEstimation {
  private static final long serialVersionUID = 1;

  private static final OutRecord[] NOTHING = {};
  private static final Answers NONE = new Answers(NOTHING);
  private static final long EMPTIED = 16; // bytes: a header, and a reference to what all share

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

  /** All of them. */
  static Answers of(List<OutRecord> records) {
    return of(records.toArray(OutRecord[]::new));
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

  /**
   * What is left of it once it is written. Spark weighs a batch when it has been computed and never
   * again: by the records it would drop the states of batches that go on from this one, and compute
   * them anew from Kafka, for bytes that are long gone.
   */
  @Override
  public long estimatedSize() {
    return EMPTIED;
  }
}
