package io.streamgauge.joblib.record;

import java.io.Serializable;

/**
 * The header {@code sgo} of results. The identity of a result is kind, node, ordinal, stream,
 * device and sequence.
 *
 * @param kind one of the constants below
 * @param sequence the event's, a window's start in ms since the Unix epoch, or an update's count
 * @param intended latest intended send time among the contributing events, ns from the trial's
 *     start
 * @param count contributing events
 * @param node declared by the emitting operator; 0 for events; the stage's index for dead letters
 * @param ordinal position among the results of one kind of one node for one input
 * @param ids sum of {@link Stamp#term()} over the contributing events
 */
public record Output(
    int kind,
    int stream,
    long device,
    long sequence,
    long intended,
    long count,
    int node,
    int ordinal,
    long ids)
    implements Serializable {
  /** One input event, answered. */
  public static final int EVENT = 1;

  /** The final result of one window of one device. */
  public static final int WINDOW = 2;

  /** An event that a stage refused. */
  public static final int DEAD_LETTER = 3;

  /** A threshold crossed. */
  public static final int ALERT = 4;

  /** The aggregate of a device so far. */
  public static final int UPDATE = 5;

  /** Bytes of the header. */
  public static final int SIZE = 40;

  /** A result of one event. */
  public static Output of(int kind, int node, Stamp s) {
    return new Output(
        kind, s.stream(), s.device(), s.sequence(), s.intended(), 1, node, 0, s.term());
  }

  /** Reads a header; null where {@code b} is none. */
  public static Output parse(byte[] b) {
    if (!valid(b)) {
      return null;
    }
    return new Output(
        b[1] & 0xff,
        Words.u16(b, 2),
        Words.u32(b, 4),
        Words.i64(b, 8),
        Words.i64(b, 16),
        Words.u32(b, 24),
        Words.u16(b, 28),
        Words.u16(b, 30),
        Words.i64(b, 32));
  }

  /** The kind that a header says, without reading the rest; 0 where {@code b} is none. */
  public static int kindOf(byte[] b) {
    return valid(b) ? b[1] & 0xff : 0;
  }

  private static boolean valid(byte[] b) {
    return b != null && b.length == SIZE && b[0] == Headers.VERSION;
  }

  /** The 40 bytes of the header. */
  public byte[] toBytes() {
    byte[] b = new byte[SIZE];
    b[0] = Headers.VERSION;
    b[1] = (byte) kind;
    Words.u16(b, 2, stream);
    Words.u32(b, 4, device);
    Words.i64(b, 8, sequence);
    Words.i64(b, 16, intended);
    Words.u32(b, 24, count);
    Words.u16(b, 28, node);
    Words.u16(b, 30, ordinal);
    Words.i64(b, 32, ids);
    return b;
  }
}
