package io.streamgauge.kstreams;

import io.streamgauge.joblib.operator.Message;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * Where a device stands with its messages, in a store: as it was at the last commit, and after each
 * record since, with its offset. When such a record comes again after a kill, it finds what it
 * found the first time. As {@link Undoable}, but for a state whose changes are no numbers. Not safe
 * for concurrent use.
 */
final class Versions {
  /** For stores: of each version offset, length and bytes. */
  static final Serde<Versions> SERDE =
      Serdes.serdeFrom(
          (topic, v) -> v == null ? null : v.toBytes(),
          (topic, b) -> b == null ? null : fromBytes(b));

  private static final int HEAD = Long.BYTES + Integer.BYTES;

  /** A state, and the offset of the record that made it. */
  record Version(long offset, Message message) {}

  private final List<Version> versions = new ArrayList<>();

  /** From the oldest to the newest. Not to be changed. */
  List<Version> all() {
    return versions;
  }

  /** The newest state; null where there is none. */
  Message newest() {
    return versions.isEmpty() ? null : versions.get(versions.size() - 1).message();
  }

  /** Takes back what the record at {@code offset} and later ones did in a former life. */
  void rewind(long offset) {
    versions.removeIf(v -> v.offset() >= offset);
  }

  /** Adds the state that the record at {@code offset} makes. */
  void add(long offset, Message message) {
    versions.add(new Version(offset, message));
  }

  /**
   * Lets go of what no record that can come again would find: offsets from {@code committed} on.
   */
  void settle(long committed) {
    int settled = 0;
    while (settled < versions.size() && versions.get(settled).offset() < committed) {
      settled++;
    }
    if (settled > 1) {
      versions.subList(0, settled - 1).clear();
    }
  }

  private byte[] toBytes() {
    List<byte[]> states = versions.stream().map(v -> v.message().toBytes()).toList();
    int room = states.stream().mapToInt(s -> HEAD + s.length).sum();
    ByteBuffer out = ByteBuffer.allocate(room);
    for (int i = 0; i < states.size(); i++) {
      out.putLong(versions.get(i).offset()).putInt(states.get(i).length).put(states.get(i));
    }
    return out.array();
  }

  private static Versions fromBytes(byte[] b) {
    Versions v = new Versions();
    for (ByteBuffer in = ByteBuffer.wrap(b); in.hasRemaining(); ) {
      long offset = in.getLong();
      byte[] state = new byte[in.getInt()];
      in.get(state);
      v.add(offset, Message.fromBytes(state));
    }
    return v;
  }
}
