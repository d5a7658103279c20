package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowTimesTest {
  @ParameterizedTest
  @CsvSource({
    "10000, 10000, 5000, 1600000000000", // tumbling
    "60000, 20000, 10000, 1600000000000", // hopping
    "60000, 7000, 12345, 1600000000001", // a step that divides nothing
    "10000, 10000, 5000, -86400000", // before 1970
    "10000, 10000, 0, 0"
  })
  void stormsEndsAreMultiplesOfItsStepAndTimesPositive(
      long size, long step, long lateness, long earliest) {
    WindowTimes times = new WindowTimes(size, step, lateness, earliest);
    for (long k = -3; k < 4; k++) {
      long start = Math.floorDiv(earliest, step) * step + k * step;
      long end = start + size + lateness + shift(times);
      assertEquals(0, Math.floorMod(end, step), "end of the window that starts at " + start);
      assertEquals(start, times.start(end));
      assertEquals(start + size + lateness, times.clock(end), "clock at which it is final");
    }
    assertTrue(times.of(earliest) > 0, "time of the earliest event");
  }

  @ParameterizedTest
  @CsvSource({"10000, 10000, 5000", "60000, 20000, 10000", "60000, 7000, 12345"})
  void aTupleIsInTheWindowsThatAreOpenWhenItComes(long size, long step, long lateness) {
    WindowTimes times = new WindowTimes(size, step, lateness, 0);
    for (long clock = 100_000; clock < 100_000 + 2 * step; clock += 499) {
      long time = times.of(clock);
      // Its event may be as old as any window that is open: those final later than the clock before
      // it, that begin by now.
      long first = times.firstEnd(time);
      assertTrue(
          times.clock(first) > clock,
          "the first window fires at " + times.clock(first) + ", the clock is at " + clock);
      assertTrue(times.clock(first) - step <= clock, "one window earlier would be open too");
      long last = first;
      while (times.inside(last + step, time)) {
        last += step;
      }
      assertTrue(times.start(last) <= clock, "the last window begins by now");
      assertTrue(times.start(last) + step > clock, "the one behind it does not");
    }
  }

  private static long shift(WindowTimes times) {
    return times.of(0) - 1;
  }
}
