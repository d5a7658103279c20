package io.streamgauge.joblib.contract;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Figures of the engine about itself that its tasks change at any rate: {@link Contract} says those
 * that have changed once a second, and a last time before the end. They belong to the process and
 * to no object, because frameworks serialize the functions that count, and run copies of them in
 * their own threads. In a process without Contract, such as the worker of a cluster, nobody says
 * them: bring them home by the framework's own means.
 */
public final class Figures {
  private static final Map<String, Figure> ALL = new ConcurrentSkipListMap<>();

  private Figures() {}

  /** A sum or the latest value; which one is the caller's affair. */
  private static final class Figure {
    final String unit;
    final LongAdder sum = new LongAdder();
    volatile double latest;
    double said; // by the only thread that says figures

    Figure(String unit) {
      this.unit = unit;
    }

    double value() {
      return sum.sum() + latest;
    }
  }

  private static Figure figure(String name, String unit) {
    Figure f = ALL.get(name);
    return f != null ? f : ALL.computeIfAbsent(name, k -> new Figure(unit));
  }

  /** Counts records that were passed over because they do not belong to the run. */
  public static void foreign(long n) {
    add("foreign_records", n, "records");
  }

  /** Adds to a figure that is a sum over the life of the process. */
  public static void add(String name, long n, String unit) {
    figure(name, unit).sum.add(n);
  }

  /** Sets a figure that is the latest of its values. */
  public static void set(String name, double value, String unit) {
    figure(name, unit).latest = value;
  }

  /** Says what has changed since the last time. By one thread at a time. */
  static synchronized void say(Status status) {
    ALL.forEach(
        (name, f) -> {
          double value = f.value();
          if (value != f.said) {
            f.said = value;
            status.metric(name, value, f.unit);
          }
        });
  }
}
