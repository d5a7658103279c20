package io.streamgauge.trident;

import io.streamgauge.joblib.operator.Alert;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The devices whose alarm is on. */
final class DetectState implements KeyedState {
  private final Stage stage;
  private final Set<Long> active = new HashSet<>(); // owners
  private final Map<Long, Boolean> changed = new HashMap<>();

  DetectState(Stage stage) {
    this.stage = stage;
  }

  @Override
  public void apply(Event e, Consumer<OutRecord> results) {
    long owner = e.owner();
    Alert alert = stage.detect().apply(active.contains(owner), e);
    OutRecord answer = stage.answer(e, stage.after(e));
    if (answer != null) {
      results.accept(answer);
    }
    if (alert == null) {
      return;
    }
    set(owner, alert.active());
    changed.put(owner, alert.active());
    OutRecord record = stage.alert(e, alert);
    if (record != null) {
      results.accept(record);
    }
  }

  private void set(long owner, boolean on) {
    if (on) {
      active.add(owner);
    } else {
      active.remove(owner);
    }
  }

  @Override
  public void changes(DataOutputStream out) throws IOException {
    for (Map.Entry<Long, Boolean> c : changed.entrySet()) {
      out.writeLong(c.getKey());
      out.writeBoolean(c.getValue());
    }
    changed.clear();
  }

  @Override
  public void snapshot(DataOutputStream out) throws IOException {
    for (long owner : active) {
      out.writeLong(owner);
      out.writeBoolean(true);
    }
    changed.clear();
  }

  @Override
  public void restore(DataInputStream in) throws IOException {
    while (in.available() > 0) {
      set(in.readLong(), in.readBoolean());
    }
  }

  @Override
  public int entries() {
    return active.size();
  }
}
