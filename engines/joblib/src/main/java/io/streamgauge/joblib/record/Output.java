package io.streamgauge.joblib.record;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The header {@code sgo} of results. The identity of a result is kind, node, ordinal, stream, device and sequence.
 *
 * @param kind one of the constants below
 * @param sequence the event's, or a window's start in ms since the Unix epoch
 * @param intended latest intended send time among the contributing events, ns from the trial's start
 * @param count contributing events
 * @param node declared by the emitting operator; 0 for events; the stage's index for dead letters
 * @param ordinal position among the results of one kind of one node for one input
 * @param ids sum of {@link Stamp#term()} over the contributing events
 */
public record Output(
    int kind, int stream, long device, long sequence, long intended, long count, int node, int ordinal, long ids)
    implements Serializable {
  /** One input event, answered. */
  public static final int EVENT = 1;

  /** The final result of one window of one device. */
  public static final int WINDOW = 2;

  /** An event that a stage refused. */
  public static final int DEAD_LETTER = 3;

  /** A threshold crossed. */
  public static final int ALERT = 4;

  /** Bytes of the header. */
  public static final int SIZE = 40;

  /** A result of one event. */
  public static Output of(int kind, int node, Stamp s) {
    return new Output(kind, s.stream(), s.device(), s.sequence(), s.intended(), 1, node, 0, s.term());
  }

  /** Reads a header; null where {@code b} is none. */
  public static Output parse(byte[] b) {
    if (b == null || b.length != SIZE || b[0] != Headers.VERSION) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(b).order(ByteOrder.LITTLE_ENDIAN);
    return new Output(
        b[1],
        Short.toUnsignedInt(in.getShort(2)),
        Integer.toUnsignedLong(in.getInt(4)),
        in.getLong(8),
        in.getLong(16),
        Integer.toUnsignedLong(in.getInt(24)),
        Short.toUnsignedInt(in.getShort(28)),
        Short.toUnsignedInt(in.getShort(30)),
        in.getLong(32));
  }

  /** The 40 bytes of the header. */
  public byte[] toBytes() {
    return ByteBuffer.allocate(SIZE)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(Headers.VERSION)
        .put((byte) kind)
        .putShort((short) stream)
        .putInt((int) device)
        .putLong(sequence)
        .putLong(intended)
        .putInt((int) count)
        .putShort((short) node)
        .putShort((short) ordinal)
        .putLong(ids)
        .array();
  }
}
