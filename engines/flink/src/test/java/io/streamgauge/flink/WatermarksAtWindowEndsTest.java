package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.record.OutRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.junit.jupiter.api.Test;

class WatermarksAtWindowEndsTest {
  private final List<Long> said = new ArrayList<>();
  private final WatermarkOutput output =
      new WatermarkOutput() {
        @Override
        public void emitWatermark(Watermark w) {
          said.add(w.getTimestamp());
        }

        @Override
        public void markIdle() {
          throw new AssertionError("a partition is never idle");
        }

        @Override
        public void markActive() {
          throw new AssertionError("a partition is never idle");
        }
      };

  private static Arrival event(long time) {
    Event e = new Event();
    e.time = time;
    return new Arrival(0, e, null);
  }

  private void feed(WatermarksAtWindowEnds w, long... times) {
    for (long t : times) {
      w.onEvent(event(t), t, output);
      w.onPeriodicEmit(output);
    }
  }

  @Test
  void saysOneWatermarkWhereAWindowEnds() {
    feed(new WatermarksAtWindowEnds(1000, 1000, 100), 100, 500, 1099, 1100, 1101, 2000, 2099, 2100);
    // The first event says where the stream stands. [0, 1000) ends when 1100 is reached: 999, its
    // last ms, has passed.
    assertEquals(List.of(-1L, 999L, 1999L), said);
  }

  @Test
  void neverGoesBack() {
    feed(new WatermarksAtWindowEnds(1000, 1000, 0), 5000, 3000, 4000, 5999, 6000);
    assertEquals(List.of(4999L, 5999L), said);
  }

  @Test
  void knowsWindowsBefore1970() {
    feed(new WatermarksAtWindowEnds(1000, 1000, 0), -2500, -2001, -2000);
    assertEquals(List.of(-2501L, -2001L), said);
  }

  @Test
  void hoppingWindowsEndAtEachStep() {
    feed(new WatermarksAtWindowEnds(1000, 250, 0), 1000, 1249, 1250, 1499, 1500);
    assertEquals(List.of(999L, 1249L, 1499L), said);
  }

  @Test
  void endsOfAnOddSizeLieBetweenSteps() {
    feed(new WatermarksAtWindowEnds(1100, 1000, 0), 1099, 1100, 2000, 2099, 2100);
    assertEquals(List.of(1098L, 1099L, 2099L), said);
  }

  @Test
  void settledRecordsMoveNothing() {
    OutRecord deadLetter =
        new OutRecord(true, new byte[0], new byte[0], 0, new String[0], new byte[0][]);
    new WatermarksAtWindowEnds(1000, 1000, 0)
        .onEvent(new Arrival(0, null, deadLetter), 9000, output);
    assertEquals(List.of(), said);
  }
}
