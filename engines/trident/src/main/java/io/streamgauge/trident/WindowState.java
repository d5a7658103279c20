package io.streamgauge.trident;

import io.streamgauge.joblib.operator.Aggregate;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Window;
import io.streamgauge.joblib.record.OutRecord;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The open windows of a partition and its watermark. Trident has windows of processing time and of
 * counts only, so a state of our own it is. The watermark moves with each event, not with each
 * batch: so what is written depends on the order of the partition alone, never on how it was cut
 * into batches.
 */
final class WindowState implements KeyedState {
  private static final byte WATERMARK = 0;
  private static final byte OPEN = 1;
  private static final byte CLOSED = 2; // all windows up to a start

  private final Stage stage;
  private final Window window;
  private final TreeMap<Long, Map<Long, Aggregate>> open = new TreeMap<>(); // by start, then owner
  private long watermark = Long.MIN_VALUE;

  private final Map<Long, Set<Long>> changed = new HashMap<>(); // owners by start
  private long closedUpTo =
      Long.MIN_VALUE; // highest start closed since the changes were written last
  private boolean moved;

  WindowState(Stage stage) {
    this.stage = stage;
    window = stage.window();
  }

  @Override
  public void apply(Event e, Consumer<OutRecord> results) {
    if (window.has(e)) {
      add(e);
    }
    OutRecord answer = stage.answer(e, stage.after(e));
    if (answer != null) {
      results.accept(answer);
    }
    if (e.time > watermark) {
      watermark = e.time;
      moved = true;
      close(results);
    }
  }

  private void add(Event e) {
    for (long start = window.lastStart(e.time);
        start > e.time - window.size();
        start -= window.step()) {
      if (window.closed(start, watermark)) {
        return; // late for this one, and so for those that began earlier
      }
      Aggregate a =
          open.computeIfAbsent(start, s -> new HashMap<>())
              .computeIfAbsent(e.owner(), o -> new Aggregate());
      window.add(a, e);
      changed.computeIfAbsent(start, s -> new HashSet<>()).add(e.owner());
    }
  }

  private void close(Consumer<OutRecord> results) {
    while (!open.isEmpty() && window.closed(open.firstKey(), watermark)) {
      Map.Entry<Long, Map<Long, Aggregate>> first = open.pollFirstEntry();
      long start = first.getKey();
      closedUpTo = start;
      changed.remove(start);
      for (Aggregate a : first.getValue().values()) {
        OutRecord record = stage.window(start, a);
        if (record != null) {
          results.accept(record);
        }
      }
    }
  }

  @Override
  public void changes(DataOutputStream out) throws IOException {
    if (moved) {
      writeWatermark(out);
      moved = false;
    }
    if (closedUpTo != Long.MIN_VALUE) {
      out.writeByte(CLOSED);
      out.writeLong(closedUpTo);
      closedUpTo = Long.MIN_VALUE;
    }
    for (Map.Entry<Long, Set<Long>> c : changed.entrySet()) {
      Map<Long, Aggregate> owners = open.get(c.getKey());
      for (long owner : c.getValue()) {
        write(c.getKey(), owners.get(owner), out);
      }
    }
    changed.clear();
  }

  @Override
  public void snapshot(DataOutputStream out) throws IOException {
    writeWatermark(out);
    for (Map.Entry<Long, Map<Long, Aggregate>> w : open.entrySet()) {
      for (Aggregate a : w.getValue().values()) {
        write(w.getKey(), a, out);
      }
    }
    changed.clear();
    closedUpTo = Long.MIN_VALUE;
    moved = false;
  }

  private void writeWatermark(DataOutputStream out) throws IOException {
    out.writeByte(WATERMARK);
    out.writeLong(watermark);
  }

  private static void write(long start, Aggregate a, DataOutputStream out) throws IOException {
    byte[] b = a.toBytes();
    out.writeByte(OPEN);
    out.writeLong(start);
    out.writeInt(b.length);
    out.write(b);
  }

  @Override
  public void restore(DataInputStream in) throws IOException {
    while (in.available() > 0) {
      byte kind = in.readByte();
      long at = in.readLong();
      switch (kind) {
        case WATERMARK -> watermark = at;
        case CLOSED -> open.headMap(at, true).clear();
        default -> {
          Aggregate a = Aggregate.fromBytes(in.readNBytes(in.readInt()));
          open.computeIfAbsent(at, s -> new HashMap<>()).put(a.owner, a);
        }
      }
    }
  }

  @Override
  public int entries() {
    return open.values().stream().mapToInt(Map::size).sum();
  }
}
