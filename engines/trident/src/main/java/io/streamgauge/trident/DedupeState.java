package io.streamgauge.trident;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Seen;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The sequences each device has sent. */
final class DedupeState implements KeyedState {
  private final Stage stage;
  private final Map<Long, Seen> seen = new HashMap<>(); // by owner
  private final Set<Long> changed = new HashSet<>();

  DedupeState(Stage stage) {
    this.stage = stage;
  }

  @Override
  public void apply(Event e, Consumer<OutRecord> results) {
    long owner = e.owner();
    if (!seen.computeIfAbsent(owner, o -> stage.dedupe().empty()).pass(e.stamp().sequence())) {
      return;
    }
    changed.add(owner);
    OutRecord answer = stage.answer(e, stage.after(e));
    if (answer != null) {
      results.accept(answer);
    }
  }

  @Override
  public void changes(DataOutputStream out) throws IOException {
    write(changed, out);
    changed.clear();
  }

  @Override
  public void snapshot(DataOutputStream out) throws IOException {
    write(seen.keySet(), out);
    changed.clear();
  }

  private void write(Collection<Long> owners, DataOutputStream out) throws IOException {
    for (long owner : owners) {
      byte[] b = seen.get(owner).toBytes();
      out.writeLong(owner);
      out.writeInt(b.length);
      out.write(b);
    }
  }

  @Override
  public void restore(DataInputStream in) throws IOException {
    while (in.available() > 0) {
      long owner = in.readLong();
      seen.put(owner, Seen.fromBytes(in.readNBytes(in.readInt())));
    }
  }

  @Override
  public int entries() {
    return seen.size();
  }
}
