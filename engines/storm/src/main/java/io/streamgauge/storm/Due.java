package io.streamgauge.storm;

import java.nio.ByteBuffer;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.windowing.TimestampExtractor;

/**
 * Gives Storm the times of tuples, and keeps account of the windows that are to fire for them.
 * Storm fires them on a timer's thread; a checkpoint must not be taken between the tuple that makes
 * a window due and its firing, or a crash would leave a state in which the tuple is acknowledged
 * and the result is lost, or one in which some of a window's tuples have expired and it has yet to
 * fire.
 */
final class Due implements TimestampExtractor {
  private static final long serialVersionUID = 1;
  private static final int CLOCK = 2;

  private final WindowTimes times;
  private transient NavigableSet<Long> ends;
  private transient long fired;
  private transient long clock;
  private transient long last;

  Due(WindowTimes times) {
    this.times = times;
  }

  /** Begins with what {@link #save} has written; null at the very first. */
  synchronized void restore(byte[] state) {
    ends = new TreeSet<>();
    fired = Long.MIN_VALUE;
    clock = Long.MIN_VALUE;
    last = Long.MIN_VALUE;
    if (state != null) {
      ByteBuffer in = ByteBuffer.wrap(state);
      fired = in.getLong();
      while (in.hasRemaining()) {
        ends.add(in.getLong());
      }
    }
  }

  /** The last window that has fired, and those that have tuples and have not. */
  synchronized byte[] save() {
    ByteBuffer out = ByteBuffer.allocate((1 + ends.size()) * Long.BYTES).putLong(fired);
    ends.forEach(out::putLong);
    return out.array();
  }

  @Override
  public synchronized long extractTimestamp(Tuple t) {
    clock = Math.max(clock, t.getLong(CLOCK));
    long time = times.of(t.getLong(CLOCK));
    // A run of tuples in one millisecond is common where devices report together.
    if (time != last) {
      last = time;
      for (long end = times.firstEnd(time); times.inside(end, time); end += times.step()) {
        // It has fired where a tuple comes again that the window bolt's checkpoint had and its
        // sender's had not.
        if (end > fired) {
          ends.add(end);
        }
      }
    }
    return time;
  }

  /** Whether a window has fired before, as far as is known. */
  synchronized boolean again(long end) {
    return end <= fired;
  }

  /** Notes that a window has fired. */
  synchronized void fired(long end) {
    fired = end;
    ends.headSet(end, true).clear();
    notifyAll();
  }

  /**
   * Waits until no window is due.
   *
   * @throws IllegalStateException if the timer does not bring that about
   */
  synchronized void settle(long timeoutMillis) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    while (!ends.isEmpty() && times.clock(ends.first()) <= clock) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        throw new IllegalStateException(
            "a window that is due has not fired for " + timeoutMillis + " ms");
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("waiting for windows that are due", e);
      }
    }
  }
}
