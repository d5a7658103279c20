package io.streamgauge.trident;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.record.OutRecord;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Each device's total. A batch tells once of each device that has events in it. */
final class TotalState implements KeyedState {
  private final Stage stage;
  private final Map<Long, Total> totals = new HashMap<>(); // by owner
  private final Set<Long> changed = new LinkedHashSet<>(); // since the last batch

  TotalState(Stage stage) {
    this.stage = stage;
  }

  @Override
  public void apply(Event e, Consumer<OutRecord> results) {
    long owner = e.owner();
    stage.aggregation().add(totals.computeIfAbsent(owner, o -> new Total()), e);
    changed.add(owner);
  }

  @Override
  public void end(Consumer<OutRecord> results) {
    for (long owner : changed) {
      results.accept(stage.update(totals.get(owner)));
    }
  }

  @Override
  public void changes(DataOutputStream out) throws IOException {
    write(changed, out);
    changed.clear();
  }

  @Override
  public void snapshot(DataOutputStream out) throws IOException {
    write(totals.keySet(), out);
    changed.clear();
  }

  private void write(Collection<Long> owners, DataOutputStream out) throws IOException {
    for (long owner : owners) {
      byte[] b = totals.get(owner).toBytes();
      out.writeInt(b.length);
      out.write(b);
    }
  }

  @Override
  public void restore(DataInputStream in) throws IOException {
    while (in.available() > 0) {
      Total t = Total.fromBytes(in.readNBytes(in.readInt()));
      totals.put(t.sum.owner, t);
    }
  }

  @Override
  public int entries() {
    return totals.size();
  }
}
