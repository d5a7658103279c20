package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.operator.Aggregate;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Window;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * The windows of one Kafka partition that are not final yet, and its watermark. An instance is
 * changed by the batch that made it and by no other; what it shares with the one before it copies
 * before the first change. Not safe for concurrent use.
 */
public final class OpenWindows {
  private long watermark = Long.MIN_VALUE;
  private TreeMap<Long, HashMap<Long, Aggregate>> open = new TreeMap<>(); // by start, then by owner
  private transient Set<Long> own = new HashSet<>(); // starts whose maps are not shared

  /** Nothing open, no event seen. */
  public OpenWindows() {}

  /** The same, for the next batch to change. */
  OpenWindows successor() {
    OpenWindows next = new OpenWindows();
    next.watermark = watermark;
    next.open = new TreeMap<>(open);
    return next;
  }

  /** Adds an event to the windows it is not late for; the watermark is still the one before it. */
  void add(Window window, Event e) {
    if (!window.has(e)) {
      return;
    }
    for (long start = window.lastStart(e.time);
        start > e.time - window.size();
        start -= window.step()) {
      if (!window.closed(start, watermark)) {
        Aggregate sum = window.of(e);
        changeable(start).merge(e.owner(), sum, OpenWindows::plus);
      }
    }
  }

  private HashMap<Long, Aggregate> changeable(long start) {
    if (own.add(start)) {
      HashMap<Long, Aggregate> shared = open.get(start);
      open.put(start, shared == null ? new HashMap<>() : new HashMap<>(shared));
    }
    return open.get(start);
  }

  private static Aggregate plus(Aggregate before, Aggregate one) {
    Aggregate sum = new Aggregate();
    sum.merge(before);
    sum.merge(one);
    return sum;
  }

  /**
   * Moves the watermark to an event's time, if that is later, and gives away the windows this makes
   * final, by start.
   */
  void advance(Window window, long time, BiConsumer<Long, Aggregate> closed) {
    if (time <= watermark) {
      return;
    }
    watermark = time;
    while (!open.isEmpty() && window.closed(open.firstKey(), watermark)) {
      Map.Entry<Long, HashMap<Long, Aggregate>> first = open.pollFirstEntry();
      own.remove(first.getKey());
      first.getValue().values().forEach(a -> closed.accept(first.getKey(), a));
    }
  }
}
