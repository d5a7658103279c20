package io.streamgauge.storm;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.storm.state.KeyValueState;

/**
 * What a bolt remembers of each device, by owner. It lives on the heap; Storm's state, which keeps
 * bytes, gets what has changed when a checkpoint is taken.
 */
final class Owners<V> {
  private static final String OWNER = "owner/";

  private final Map<Long, V> values = new HashMap<>();
  private final Set<Long> changed = new HashSet<>();

  /** Reads what {@link #save} has put into the state. */
  static <V> Owners<V> restore(KeyValueState<String, byte[]> state, Function<byte[], V> decode) {
    Owners<V> owners = new Owners<>();
    for (Map.Entry<String, byte[]> e : state) {
      if (e.getKey().startsWith(OWNER)) {
        owners.values.put(
            Long.valueOf(e.getKey().substring(OWNER.length())), decode.apply(e.getValue()));
      }
    }
    return owners;
  }

  /** Puts what has changed since the last time into the state. */
  void save(KeyValueState<String, byte[]> state, Function<V, byte[]> encode) {
    for (long owner : changed) {
      V v = values.get(owner);
      if (v == null) {
        state.delete(OWNER + owner);
      } else {
        state.put(OWNER + owner, encode.apply(v));
      }
    }
    changed.clear();
  }

  /** The value of an owner; null where there is none. */
  V get(long owner) {
    return values.get(owner);
  }

  /** The value of an owner, which the caller is about to change; a new one where there is none. */
  V change(long owner, Supplier<V> otherwise) {
    changed.add(owner);
    return values.computeIfAbsent(owner, o -> otherwise.get());
  }

  /** Replaces the value of an owner; null removes it. */
  void put(long owner, V value) {
    changed.add(owner);
    if (value == null) {
      values.remove(owner);
    } else {
      values.put(owner, value);
    }
  }
}
