package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.record.OutRecord;
import java.util.Arrays;
import java.util.Objects;

/** What one arrival gives, in order. */
final class Answers {
  static final OutRecord[] NONE = {};

  private Answers() {}

  /** Those that are not null. */
  static OutRecord[] of(OutRecord... records) {
    for (OutRecord r : records) {
      if (r == null) {
        return Arrays.stream(records).filter(Objects::nonNull).toArray(OutRecord[]::new);
      }
    }
    return records;
  }
}
