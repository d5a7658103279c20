package io.streamgauge.kstreams;

import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Parts;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.LongSupplier;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The chunks of messages that are still coming, in a store: an entry for each. Those of a message
 * that is over stay until the record that ended it is committed: should it come again, it needs
 * them. Not safe for concurrent use.
 */
final class Kept {
  private final KeyValueStore<Bytes, byte[]> store;
  private final LongSupplier committed;
  private final Queue<Over> over = new ArrayDeque<>();

  /** A message whose chunks are not needed once the record at {@code offset} is committed. */
  private record Over(long owner, long sequence, long count, long offset) {}

  Kept(KeyValueStore<Bytes, byte[]> store, LongSupplier committed) {
    this.store = store;
    this.committed = committed;
  }

  /**
   * Finds again which messages were over when a former life ended, and whose chunks it may have
   * left.
   */
  void recall(KeyValueStore<Device, Versions> states) {
    try (KeyValueIterator<Device, Versions> all = states.all()) {
      while (all.hasNext()) {
        KeyValue<Device, Versions> device = all.next();
        Message before = null;
        for (Versions.Version v : device.value.all()) {
          ended(device.key.owner(), before, v);
          before = v.message();
        }
      }
    }
  }

  private void ended(long owner, Message before, Versions.Version v) {
    boolean open = before != null && before.open();
    boolean another = open && before.sequence() != v.message().sequence();
    if (another) {
      over.add(new Over(owner, before.sequence(), before.next(), v.offset()));
    }
    if (!v.message().open()) {
      long count = open && !another ? before.next() + 1 : 1;
      over.add(new Over(owner, v.message().sequence(), count, v.offset()));
    }
  }

  /** Removes what nobody will ask for any more. */
  void sweep() {
    while (!over.isEmpty() && over.peek().offset() < committed.getAsLong()) {
      Over o = over.poll();
      for (long i = 0; i < o.count(); i++) {
        store.delete(key(o.owner(), o.sequence(), i));
      }
    }
  }

  /** Those of an owner, for the record at {@code offset}. */
  Parts of(long owner, long offset) {
    return new Parts() {
      @Override
      public void add(long sequence, long index, byte[] chunk) {
        store.put(key(owner, sequence, index), chunk);
      }

      @Override
      public byte[] join(long sequence, long count, int total) {
        ByteBuffer whole = ByteBuffer.allocate(total);
        for (long i = 0; i < count; i++) {
          whole.put(store.get(key(owner, sequence, i)));
        }
        return whole.array();
      }

      @Override
      public void clear(long sequence, long count) {
        over.add(new Over(owner, sequence, count, offset));
      }
    };
  }

  private static Bytes key(long owner, long sequence, long index) {
    ByteBuffer key = ByteBuffer.allocate(3 * Long.BYTES);
    return Bytes.wrap(key.putLong(owner).putLong(sequence).putLong(index).array());
  }
}
