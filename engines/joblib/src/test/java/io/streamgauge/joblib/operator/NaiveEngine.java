package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A stage on one partition, event at a time, with the simplest state that can be: how an engine
 * uses a {@link Stage}.
 */
final class NaiveEngine {
  private final Stage stage;
  private final Map<Long, Seen> seen = new HashMap<>();
  private final Set<Long> active = new HashSet<>();
  private final TreeMap<Long, TreeMap<Long, Aggregate>> open =
      new TreeMap<>(); // by start, then by owner
  private final Map<Long, Total> totals = new HashMap<>();
  private final Map<Long, byte[]> messages = new HashMap<>();
  private final Map<Long, NaiveParts> parts = new HashMap<>();
  private long watermark = Long.MIN_VALUE;
  private long foreign;

  NaiveEngine(Stage stage) {
    this.stage = stage;
  }

  long foreign() {
    return foreign;
  }

  /** What a record gives, in order. */
  List<OutRecord> take(InRecord in) {
    List<OutRecord> out = new ArrayList<>();
    Event e = stage.arrive(in);
    if (e == null) {
      OutRecord passed = stage.pass(in);
      foreign += passed == null ? 1 : 0;
      add(out, passed);
      return out;
    }
    if (stage.messages() != null) {
      message(e, out);
      return out;
    }
    Verdict v = stage.before(e);
    OutRecord alert = null;
    if (v == Verdict.PASS && stage.dedupe() != null) {
      v =
          seen.computeIfAbsent(e.owner(), k -> stage.dedupe().empty()).pass(e.stamp().sequence())
              ? v
              : Verdict.DROP;
    } else if (v == Verdict.PASS && stage.detect() != null) {
      alert = detect(e);
    } else if (v == Verdict.PASS && stage.window() != null) {
      window(e);
    } else if (v == Verdict.PASS && stage.aggregation() != null) {
      Total t = totals.computeIfAbsent(e.owner(), k -> new Total());
      stage.aggregation().add(t, e);
      add(out, stage.update(t));
      return out;
    }
    if (v == Verdict.PASS) {
      v = stage.after(e);
    }
    add(out, stage.answer(e, v));
    add(out, alert);
    close(out);
    return out;
  }

  private void message(Event e, List<OutRecord> out) {
    if (!Messages.isChunk(e)) {
      add(out, stage.messages().whole(e));
      return;
    }
    byte[] state = messages.get(e.owner());
    Message now = state == null ? null : Message.fromBytes(state);
    NaiveParts kept = parts.computeIfAbsent(e.owner(), k -> new NaiveParts());
    Message next = stage.messages().take(now, e, kept, out::add);
    messages.put(e.owner(), next.toBytes());
    if (!next.open() && !kept.byIndex.isEmpty()) {
      throw new IllegalStateException("parts of a message that is over");
    }
  }

  private static final class NaiveParts implements Parts {
    private final TreeMap<Long, byte[]> byIndex = new TreeMap<>();

    @Override
    public void add(long sequence, long index, byte[] chunk) {
      byIndex.put(index, chunk);
    }

    @Override
    public byte[] join(long sequence, long count, int total) {
      ByteBuffer whole = ByteBuffer.allocate(total);
      byIndex.values().forEach(whole::put);
      return whole.array();
    }

    @Override
    public void clear(long sequence, long count) {
      if (count != byIndex.size()) {
        throw new IllegalStateException(count + " parts of " + byIndex.size());
      }
      byIndex.clear();
    }
  }

  private OutRecord detect(Event e) {
    Alert a = stage.detect().apply(active.contains(e.owner()), e);
    if (a == null) {
      return null;
    }
    if (a.active()) {
      active.add(e.owner());
    } else {
      active.remove(e.owner());
    }
    return stage.alert(e, a);
  }

  private void window(Event e) {
    Window w = stage.window();
    if (w.has(e)) {
      for (long start = w.firstStart(e.time); start <= w.lastStart(e.time); start += w.step()) {
        if (!w.closed(start, watermark)) {
          w.add(
              open.computeIfAbsent(start, k -> new TreeMap<>())
                  .computeIfAbsent(e.owner(), k -> new Aggregate()),
              e);
        }
      }
    }
    watermark = Math.max(watermark, e.time);
  }

  private void close(List<OutRecord> out) {
    while (!open.isEmpty() && stage.window().closed(open.firstKey(), watermark)) {
      Map.Entry<Long, TreeMap<Long, Aggregate>> first = open.pollFirstEntry();
      for (Aggregate a : first.getValue().values()) {
        add(out, stage.window(first.getKey(), a));
      }
    }
  }

  private static void add(List<OutRecord> out, OutRecord r) {
    if (r != null) {
      out.add(r);
    }
  }
}
