package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.operator.Reason;

/** A message is not well-formed. Made once for each reason: a dirty stream throws many. */
final class Malformed extends RuntimeException {
  static final Malformed TRUNCATED = new Malformed(Reason.TRUNCATED);
  static final Malformed BAD_FORMAT = new Malformed(Reason.BAD_FORMAT);
  static final Malformed BAD_UTF8 = new Malformed(Reason.BAD_UTF8);
  static final Malformed BAD_JSON = new Malformed(Reason.BAD_JSON);
  static final Malformed BAD_CHECKSUM = new Malformed(Reason.BAD_CHECKSUM);
  static final Malformed BAD_COMPRESSION = new Malformed(Reason.BAD_COMPRESSION);
  static final Malformed UNKNOWN_SCHEMA = new Malformed(Reason.UNKNOWN_SCHEMA);

  final Reason reason;

  private Malformed(Reason reason) {
    super(reason.name(), null, false, false);
    this.reason = reason;
  }
}
