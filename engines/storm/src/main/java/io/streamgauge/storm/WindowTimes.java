package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Window;
import java.io.Serializable;

/**
 * Between our windows and Storm's.
 *
 * <p>Ours are [start, end) in event time, and one is final when the clock, the highest event time
 * so far, reaches end + lateness. An event is late for a window that was final before it, and for
 * no other. Storm's are (start, end] and fire when the watermark, which a timer makes of the
 * highest time less a lag, reaches their end; a tuple with a time before the last watermark is late
 * for all windows, wherever they end.
 *
 * <p>So Storm is told not when an event happened but when it came, by the clock in front of it,
 * plus 1 ms for the side at which windows are closed, and 1 ms of lag to take it off the watermark
 * again. Its windows are longer by the lateness, and each holds what came from the start of one of
 * ours until it is final, late events and events of the next window included; {@link WindowBolt}
 * takes what belongs to it. No tuple is late by Storm's rule, when the timer runs makes no
 * difference to any result, and tuples expire in the order of their offsets.
 *
 * <p>Storm's windows end at multiples of their step, and its times begin at 0: a constant shift
 * makes the ends fit and all times positive.
 */
final class WindowTimes implements Serializable {
  private static final long serialVersionUID = 1;

  private final long size;
  private final long step;
  private final long length;
  private final long shift;

  WindowTimes(Plan plan, Window w) {
    this(w.size(), w.step(), w.lateness(), plan.eventTimeMin());
  }

  /**
   * Times of windows.
   *
   * @param earliest no event time is below it
   */
  WindowTimes(long size, long step, long lateness, long earliest) {
    this.size = size;
    this.step = step;
    this.length = size + lateness;
    long atLeast = earliest < length ? length - earliest : 0;
    // The smallest one from atLeast on that brings ends, of which start 0 has one at length, to
    // multiples of the step.
    this.shift = atLeast + Math.floorMod(-(atLeast + length), step);
  }

  /** Length of Storm's windows in ms. */
  int length() {
    return Math.toIntExact(length);
  }

  /** Distance of their ends in ms. */
  int step() {
    return Math.toIntExact(step);
  }

  /** Storm's time of a tuple that came when the clock stood there. */
  long of(long clock) {
    return clock + 1 + shift;
  }

  /** The clock at which Storm's window with that end fires. */
  long clock(long end) {
    return end - shift;
  }

  /** Start of our window that Storm's window with that end holds. */
  long start(long end) {
    return end - shift - length;
  }

  /** Whether an event belongs to the window with a start. */
  boolean holds(long start, long time) {
    return start <= time && time < start + size;
  }

  /**
   * The end of the first of Storm's windows that a tuple is in; the others end one step later each.
   */
  long firstEnd(long time) {
    return Math.floorDiv(time + step - 1, step) * step;
  }

  /**
   * Whether a tuple is in Storm's window with that end, given that the window does not end before
   * it.
   */
  boolean inside(long end, long time) {
    return end - length < time;
  }
}
