package io.streamgauge.storm;

import io.streamgauge.joblib.record.ByteKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.storm.state.KeyValueState;
import org.apache.storm.state.Serializer;

/**
 * Storm's key-value state in a file: on the heap as bytes, and each checkpoint's changes appended
 * to a journal, which is written anew when most of it is out of date. Values are encoded when they
 * are put, as by Storm's state in Redis: whoever puts one goes on changing it.
 *
 * <p>A checkpoint is prepared first: its changes are in the journal, and so they are after a crash.
 * What becomes of them, commit or rollback, the checkpoint spout says then, from its own state. It
 * may say so again.
 */
final class JournalState<K, V> implements KeyValueState<K, V> {
  private static final byte SNAPSHOT = 1; // all of the committed state; stands first
  private static final byte PREPARE = 2;
  private static final byte COMMIT = 3;
  private static final byte ROLLBACK = 4;
  private static final byte SAVE = 5; // prepared and committed in one
  private static final long NONE = Long.MIN_VALUE;
  private static final long SMALL = 16 << 20;

  private final Serializer<K> keys;
  private final Serializer<V> values;
  private final Journal journal;
  private final Map<ByteKey, byte[]> committed = new HashMap<>();
  private final Map<ByteKey, byte[]> prepared = new LinkedHashMap<>(); // null: deleted
  private final Map<ByteKey, byte[]> changed = new LinkedHashMap<>(); // null: deleted
  private long live; // bytes of committed
  private long countedEntries; // what Tally has of it
  private long countedBytes;
  private long committedTx = NONE;
  private long preparedTx = NONE;

  /** How a journal is opened. */
  private interface Opening {
    Journal open(Path file, Journal.Reader reader) throws IOException;
  }

  /** Opens the state that a file holds; empty if there is none. */
  JournalState(Path file, Serializer<K> keys, Serializer<V> values) {
    this(file, keys, values, Journal::open);
    count();
  }

  private JournalState(Path file, Serializer<K> keys, Serializer<V> values, Opening opening) {
    this.keys = keys;
    this.values = values;
    try {
      journal = opening.open(file, this::replay);
    } catch (IOException e) {
      throw new UncheckedIOException("opening the state " + file, e);
    }
  }

  /**
   * The state that a file holds as of now, to be read and not changed: another task has it, and may
   * be writing to it.
   */
  static <K, V> JournalState<K, V> look(Path file, Serializer<K> keys, Serializer<V> values) {
    return new JournalState<>(file, keys, values, Journal::look);
  }

  private void replay(ByteBuffer in) {
    byte kind = in.get();
    long tx = in.getLong();
    switch (kind) {
      case SNAPSHOT, SAVE -> {
        read(in, prepared);
        settle(tx);
      }
      case PREPARE -> {
        preparedTx = tx;
        read(in, prepared);
      }
      case COMMIT -> settle(tx);
      case ROLLBACK -> forget();
      default ->
          throw new IllegalStateException(
              "the state's journal has a record of unknown kind " + kind);
    }
  }

  private void settle(long tx) {
    prepared.forEach(this::keep);
    committedTx = Math.max(committedTx, tx);
    forget();
  }

  private void keep(ByteKey key, byte[] value) {
    byte[] old = value == null ? committed.remove(key) : committed.put(key, value);
    live += value == null ? 0 : key.bytes().length + value.length;
    live -= old == null ? 0 : key.bytes().length + old.length;
  }

  private void forget() {
    prepared.clear();
    preparedTx = NONE;
  }

  @Override
  public synchronized void put(K key, V value) {
    changed.put(key(key), values.serialize(value));
  }

  @Override
  public synchronized V get(K key) {
    byte[] b = find(key(key));
    return b == null ? null : values.deserialize(b);
  }

  @Override
  public V get(K key, V otherwise) {
    V v = get(key);
    return v == null ? otherwise : v;
  }

  @Override
  public synchronized V delete(K key) {
    V old = get(key);
    changed.put(key(key), null);
    return old;
  }

  private ByteKey key(K key) {
    return new ByteKey(keys.serialize(key));
  }

  private byte[] find(ByteKey key) {
    if (changed.containsKey(key)) {
      return changed.get(key);
    }
    return prepared.containsKey(key) ? prepared.get(key) : committed.get(key);
  }

  /** All entries as of now. */
  @Override
  public synchronized Iterator<Map.Entry<K, V>> iterator() {
    Map<ByteKey, byte[]> all = new HashMap<>(committed);
    all.putAll(prepared);
    all.putAll(changed);
    return all.entrySet().stream()
        .filter(e -> e.getValue() != null)
        .map(e -> Map.entry(keys.deserialize(e.getKey().bytes()), values.deserialize(e.getValue())))
        .iterator();
  }

  /**
   * Writes down what has changed. The same transaction may be prepared again: what has changed
   * since is added to it.
   */
  @Override
  public synchronized void prepareCommit(long tx) {
    if (preparedTx != NONE && tx > preparedTx) {
      throw new IllegalStateException(
          "preparing checkpoint " + tx + " while " + preparedTx + " is not committed");
    }
    append(record(PREPARE, tx, changed));
    prepared.putAll(changed);
    preparedTx = tx;
    changed.clear();
  }

  /** Makes what was prepared the state. It may be told again after a crash. */
  @Override
  public synchronized void commit(long tx) {
    if (preparedTx == NONE && tx <= committedTx) {
      return;
    }
    if (tx != preparedTx) {
      throw new IllegalStateException(
          "committing checkpoint " + tx + "; " + preparedTx + " is the one prepared");
    }
    append(record(COMMIT, tx, Map.of()));
    settle(tx);
    count();
    tidy();
  }

  @Override
  public synchronized void commit() {
    append(record(SAVE, committedTx, changed));
    prepared.putAll(changed);
    changed.clear();
    settle(committedTx);
    count();
    tidy();
  }

  @Override
  public synchronized void rollback() {
    append(record(ROLLBACK, preparedTx, Map.of()));
    changed.clear();
    forget();
  }

  private void count() {
    Tally.STATE_ENTRIES.add(committed.size() - countedEntries);
    Tally.STATE_BYTES.add(live - countedBytes);
    countedEntries = committed.size();
    countedBytes = live;
  }

  private void tidy() {
    if (journal.size() > SMALL && journal.size() > 4 * live) {
      try {
        journal.replace(record(SNAPSHOT, committedTx, committed));
      } catch (IOException e) {
        throw new UncheckedIOException("writing the state anew", e);
      }
    }
  }

  private void append(ByteBuffer record) {
    try {
      journal.append(record);
    } catch (IOException e) {
      throw new UncheckedIOException("writing the state", e);
    }
  }

  private static ByteBuffer record(byte kind, long tx, Map<ByteKey, byte[]> entries) {
    int length = 1 + Long.BYTES;
    for (Map.Entry<ByteKey, byte[]> e : entries.entrySet()) {
      length +=
          2 * Integer.BYTES
              + e.getKey().bytes().length
              + (e.getValue() == null ? 0 : e.getValue().length);
    }
    ByteBuffer out = ByteBuffer.allocate(length).put(kind).putLong(tx);
    entries.forEach(
        (k, v) -> {
          out.putInt(k.bytes().length).put(k.bytes()).putInt(v == null ? -1 : v.length);
          if (v != null) {
            out.put(v);
          }
        });
    return out.flip();
  }

  private static void read(ByteBuffer in, Map<ByteKey, byte[]> into) {
    while (in.hasRemaining()) {
      byte[] key = new byte[in.getInt()];
      in.get(key);
      int length = in.getInt();
      byte[] value = length < 0 ? null : new byte[length];
      if (value != null) {
        in.get(value);
      }
      into.put(new ByteKey(key), value);
    }
  }
}
