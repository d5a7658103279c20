package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.record.Chunk;
import io.streamgauge.joblib.record.Stamp;
import java.io.Serializable;
import java.nio.ByteBuffer;

/**
 * Where a device stands with its messages in chunks, the state of scan and reassemble: its newest
 * message, and whether that is still coming. A device sends one after the other. It is to be rolled
 * back together with the read position, or a chunk that comes again after a failed write would be
 * passed over.
 *
 * @param sequence of the newest message, unsigned; those before it are over
 * @param open chunks of it are to come; otherwise it was answered or refused, and nothing below is
 *     set
 * @param next index of the chunk to come
 * @param done bytes so far
 * @param chunk header of its first chunk; null until that was taken
 * @param stamp of its newest chunk, with the latest intended time of all
 * @param key of its first chunk
 * @param sgt of its first chunk
 * @param summary of what came, in scan; else null
 */
public record Message(
    long sequence,
    boolean open,
    long next,
    long done,
    Chunk chunk,
    Stamp stamp,
    byte[] key,
    byte[] sgt,
    byte[] summary)
    implements Serializable {
  private static final byte OVER = 0;
  private static final byte OPEN = 1;
  private static final int NONE = -1;
  private static final int FIXED = 1 + 3 * Long.BYTES + Stamp.SIZE + 4 * Integer.BYTES;

  static Message begin(Event e) {
    Stamp s = e.stamp();
    return new Message(s.sequence(), true, 0, 0, null, s, e.key, e.sgt, null);
  }

  private static Message over(long sequence) {
    return new Message(sequence, false, 0, 0, null, null, null, null, null);
  }

  /** Lets go of all but its sequence. */
  Message over() {
    return over(sequence);
  }

  /**
   * Whether a chunk brings nothing new: its message is over, or it was taken before.
   *
   * @param c its header; null where it is none
   * @param fits whether that can be true of it
   */
  boolean stale(long of, Chunk c, boolean fits) {
    if (of != sequence) {
      return Long.compareUnsigned(of, sequence) < 0;
    }
    return !open || fits && c.index() < next;
  }

  /** The message with the stamp of one chunk more, taken or not. */
  Message stamped(Stamp s) {
    long latest = Math.max(stamp.intended(), s.intended());
    Stamp newest = new Stamp(s.flags(), s.stream(), s.device(), s.sequence(), latest, s.hash());
    return new Message(sequence, open, next, done, chunk, newest, key, sgt, summary);
  }

  /** Why a chunk is not the one to come; null where it is. */
  Reason wrong(Chunk c, boolean fits) {
    if (!fits) {
      return Reason.BAD_CHUNK;
    }
    if (c.index() > next) {
      return Reason.MISSING_CHUNK;
    }
    return next > 0 && !c.agrees(chunk) || c.offset() != done ? Reason.BAD_CHUNK : null;
  }

  /** The message with a chunk that is not wrong. */
  Message with(Chunk c, int length, byte[] newSummary) {
    Chunk head = next == 0 ? c : chunk;
    return new Message(sequence, open, next + 1, done + length, head, stamp, key, sgt, newSummary);
  }

  /** Whether all chunks have come. */
  boolean complete() {
    return chunk != null && next == chunk.count();
  }

  /** For state. Of a message that is over it is a few bytes. */
  public byte[] toBytes() {
    if (!open) {
      return ByteBuffer.allocate(1 + Long.BYTES).put(OVER).putLong(sequence).array();
    }
    byte[] head = chunk == null ? null : chunk.toBytes();
    int room = FIXED + size(head) + size(key) + size(sgt) + size(summary);
    ByteBuffer out = ByteBuffer.allocate(room).put(OPEN).putLong(sequence).putLong(next);
    out.putLong(done).put(stamp.toBytes());
    put(out, head);
    put(out, key);
    put(out, sgt);
    put(out, summary);
    return out.array();
  }

  /** Reads what {@link #toBytes} wrote. */
  public static Message fromBytes(byte[] b) {
    ByteBuffer in = ByteBuffer.wrap(b);
    boolean open = in.get() == OPEN;
    long sequence = in.getLong();
    if (!open) {
      return over(sequence);
    }
    long next = in.getLong();
    long done = in.getLong();
    byte[] stamp = new byte[Stamp.SIZE];
    in.get(stamp);
    return new Message(
        sequence,
        true,
        next,
        done,
        Chunk.parse(get(in)),
        Stamp.parse(stamp),
        get(in),
        get(in),
        get(in));
  }

  private static int size(byte[] b) {
    return b == null ? 0 : b.length;
  }

  private static void put(ByteBuffer out, byte[] b) {
    out.putInt(b == null ? NONE : b.length);
    if (b != null) {
      out.put(b);
    }
  }

  private static byte[] get(ByteBuffer in) {
    int length = in.getInt();
    if (length == NONE) {
      return null;
    }
    byte[] b = new byte[length];
    in.get(b);
    return b;
  }
}
