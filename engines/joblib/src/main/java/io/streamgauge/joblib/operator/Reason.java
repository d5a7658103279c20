package io.streamgauge.joblib.operator;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Why an event became a dead letter: the closed list of SEMANTICS.md. */
public enum Reason {
  EVENT_TIME,
  BAD_UTF8,
  TRUNCATED,
  BAD_JSON,
  MISSING_FIELD,
  BAD_TYPE,
  BAD_NUMBER,
  WRONG_DEVICE,
  RANGE,
  UNKNOWN_DEVICE,
  BAD_FORMAT,
  BAD_CHECKSUM,
  BAD_COMPRESSION,
  UNKNOWN_SCHEMA,
  BAD_CHUNK,
  MISSING_CHUNK,
  MISSING_OBJECT;

  private final byte[] code = name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);

  /** The code as header {@code sgr} carries it. The array is shared: do not change it. */
  public byte[] code() {
    return code;
  }
}
