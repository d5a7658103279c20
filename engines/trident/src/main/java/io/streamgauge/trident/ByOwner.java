package io.streamgauge.trident;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** State with one value for each device, which a log has as its owner and the value's own bytes. */
abstract class ByOwner<S> implements KeyedState {
  /** By owner. Whoever puts or alters one adds its owner to {@link #changed}. */
  final Map<Long, S> newest = new HashMap<>();

  /** Owners, in the order in which they changed first since what was written last. */
  final Set<Long> changed = new LinkedHashSet<>();

  private final Function<S, byte[]> toBytes;
  private final Function<byte[], S> fromBytes;

  ByOwner(Function<S, byte[]> toBytes, Function<byte[], S> fromBytes) {
    this.toBytes = toBytes;
    this.fromBytes = fromBytes;
  }

  @Override
  public void changes(DataOutputStream out) throws IOException {
    write(changed, out);
    changed.clear();
  }

  @Override
  public void snapshot(DataOutputStream out) throws IOException {
    write(newest.keySet(), out);
    changed.clear();
  }

  private void write(Collection<Long> owners, DataOutputStream out) throws IOException {
    for (long owner : owners) {
      byte[] b = toBytes.apply(newest.get(owner));
      out.writeLong(owner);
      out.writeInt(b.length);
      out.write(b);
    }
  }

  @Override
  public void restore(DataInputStream in) throws IOException {
    while (in.available() > 0) {
      long owner = in.readLong();
      newest.put(owner, fromBytes.apply(in.readNBytes(in.readInt())));
    }
  }

  @Override
  public int entries() {
    return newest.size();
  }
}
