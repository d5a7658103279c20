package io.streamgauge.joblib.record;

/** Names of the record headers, and the value of {@code sgt}. */
public final class Headers {
  /** 32 bytes, on input and stage records: see {@link Stamp}. */
  public static final String STAMP = "sg";

  /** 8 bytes, on every record: event time, little endian, ms since the Unix epoch. */
  public static final String TIME = "sgt";

  /** 40 bytes, on results: see {@link Output}. */
  public static final String OUTPUT = "sgo";

  /** 32 bytes, on records that carry a message in parts or refer to it: see {@link Chunk}. */
  public static final String CHUNK = "sgc";

  /** On dead letters: the reason code in ASCII. */
  public static final String REASON = "sgr";

  /** Byte 0 of {@code sg} and {@code sgo}. */
  public static final byte VERSION = 1;

  private Headers() {}

  /** Tells whether {@code b} is a valid {@code sgt}. */
  public static boolean isTime(byte[] b) {
    return b != null && b.length == Long.BYTES;
  }

  /** The event time that a valid {@code sgt} says, in ms since the Unix epoch. */
  public static long time(byte[] b) {
    return Words.i64(b, 0);
  }

  /** The {@code sgt} of an event time in ms since the Unix epoch. */
  public static byte[] time(long ms) {
    byte[] b = new byte[Long.BYTES];
    Words.i64(b, 0, ms);
    return b;
  }
}
