package io.streamgauge.kstreams;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * The state of one device in a store: a base, and the changes made to it by records that may not be
 * committed yet, with their offsets. When such a record comes again after a kill, its change and
 * all later ones are taken back first. So it meets the state that it met the first time and gets
 * the same answer: without this, a dedupe whose changelog was written and whose output was not
 * would drop the only copy of an event. Not safe for concurrent use.
 */
final class Undoable {
  /**
   * For stores: base, then offsets and changes as differences to the ones before, in variable
   * length.
   */
  static final Serde<Undoable> SERDE =
      Serdes.serdeFrom(
          (topic, u) -> u == null ? null : u.toBytes(),
          (topic, b) -> b == null ? null : fromBytes(b));

  private byte[] base;
  private long[] offsets;
  private long[] changes;
  private int size;

  Undoable(byte[] base) {
    this(base, 0);
  }

  private Undoable(byte[] base, int room) {
    this.base = base;
    offsets = new long[room];
    changes = new long[room];
  }

  /** The state but for {@link #changes}. Not to be changed. */
  byte[] base() {
    return base;
  }

  /** Gives the changes in their order. */
  void changes(LongConsumer each) {
    for (int i = 0; i < size; i++) {
      each.accept(changes[i]);
    }
  }

  /** Takes back what the record at {@code offset} and later ones did in a former life. */
  void rewind(long offset) {
    while (size > 0 && offsets[size - 1] >= offset) {
      size--;
    }
  }

  /** Adds the change that the record at {@code offset} makes. */
  void add(long offset, long change) {
    if (size == offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * size + 1);
      changes = Arrays.copyOf(changes, 2 * size + 1);
    }
    offsets[size] = offset;
    changes[size] = change;
    size++;
  }

  /** How a base takes up changes. */
  interface Fold {
    /** Gives the new base; {@code old} stays as it is. */
    byte[] apply(byte[] old, long[] changes);
  }

  /** Makes those changes final whose records are committed: offsets below {@code committed}. */
  void settle(long committed, Fold fold) {
    int n = 0;
    while (n < size && offsets[n] < committed) {
      n++;
    }
    if (n == 0) {
      return;
    }
    base = fold.apply(base, Arrays.copyOf(changes, n));
    size -= n;
    System.arraycopy(offsets, n, offsets, 0, size);
    System.arraycopy(changes, n, changes, 0, size);
  }

  private byte[] toBytes() {
    int room = 2 * ByteUtils.sizeOfUnsignedVarint(Integer.MAX_VALUE) + base.length + 2 * 10 * size;
    ByteBuffer out = ByteBuffer.allocate(room);
    ByteUtils.writeUnsignedVarint(base.length, out);
    out.put(base);
    ByteUtils.writeUnsignedVarint(size, out);
    for (int i = 0; i < size; i++) {
      ByteUtils.writeVarlong(offsets[i] - (i == 0 ? 0 : offsets[i - 1]), out);
      ByteUtils.writeVarlong(changes[i] - (i == 0 ? 0 : changes[i - 1]), out);
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  private static Undoable fromBytes(byte[] b) {
    ByteBuffer in = ByteBuffer.wrap(b);
    byte[] base = new byte[ByteUtils.readUnsignedVarint(in)];
    in.get(base);
    int size = ByteUtils.readUnsignedVarint(in);
    Undoable u = new Undoable(base, size);
    long offset = 0;
    long change = 0;
    for (int i = 0; i < size; i++) {
      offset += ByteUtils.readVarlong(in);
      change += ByteUtils.readVarlong(in);
      u.add(offset, change);
    }
    return u;
  }
}
