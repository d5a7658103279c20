package io.streamgauge.flink;

import io.streamgauge.joblib.operator.Window;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;

/**
 * The watermark of one partition: the highest event time less the lateness, as Flink's bounded
 * out-of-orderness has it, to the millisecond. It is said by the event that reaches the end of a
 * window, at once, and by no other: so results wait for no timer, which event is late does not
 * depend on one, and a window costs one watermark, not one for each event.
 */
final class WatermarksAtWindowEnds implements WatermarkGenerator<Arrival> {
  private final long size;
  private final long step;
  private final long lateness;
  private long reached = Long.MIN_VALUE; // ends of windows, counted by their starts / step

  WatermarksAtWindowEnds(Window window) {
    this(window.size(), window.step(), window.lateness());
  }

  WatermarksAtWindowEnds(long size, long step, long lateness) {
    this.size = size;
    this.step = step;
    this.lateness = lateness;
  }

  @Override
  public void onEvent(Arrival a, long time, WatermarkOutput output) {
    if (a.event() == null) {
      return; // dead letters and results of earlier stages move nothing
    }
    long end = Math.floorDiv(time - lateness - size, step);
    if (end > reached) {
      reached = end;
      output.emitWatermark(
          new Watermark(
              time - lateness - 1)); // Flink's t says: nothing up to and including t will come
    }
  }

  @Override
  public void onPeriodicEmit(WatermarkOutput output) {}
}
