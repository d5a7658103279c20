package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.Values;
import org.junit.jupiter.api.Test;

class DueTest {
  private static final WindowTimes TIMES = new WindowTimes(10_000, 10_000, 5_000, 0);
  private final Due due = new Due(TIMES);

  DueTest() {
    due.restore(null);
  }

  private static Tuple at(long clock) {
    return Tuples.of(new Values(0, clock, clock));
  }

  /** Storm's end of our window with a start. */
  private static long end(long start) {
    return TIMES.of(start) - 1 + 15_000;
  }

  @Test
  void aWindowIsDueWhenTheClockReachesItsEndAndLateness() {
    due.extractTimestamp(at(3_000));
    due.extractTimestamp(at(14_999));
    due.fired(end(-10_000)); // Storm's, longer by the lateness, held what came at 3 s
    due.settle(1);
    due.extractTimestamp(at(15_000));
    assertThrows(IllegalStateException.class, () -> due.settle(1));
    due.fired(end(0));
    due.settle(1);
  }

  @Test
  void aCheckpointGoesOnOnceTheWindowFires() {
    due.extractTimestamp(at(3_000));
    due.extractTimestamp(at(15_000));
    CompletableFuture<Void> settled = CompletableFuture.runAsync(() -> due.settle(60_000));
    assertFalse(settled.isDone());
    due.fired(end(0));
    settled.join();
  }

  @Test
  void nobodyWaitsForAWindowWithoutTuples() {
    due.extractTimestamp(at(3_000));
    due.extractTimestamp(at(100_000));
    due.fired(end(0));
    due.settle(1);
  }

  @Test
  void theStateBringsBackWhatIsOpenAndWhatHasFired() {
    due.extractTimestamp(at(3_000));
    due.extractTimestamp(at(15_000));
    due.fired(end(0));
    byte[] state = due.save();
    Due back = new Due(TIMES);
    back.restore(state);
    assertTrue(back.again(end(0)));
    assertFalse(back.again(end(10_000)));
    back.extractTimestamp(at(3_000)); // read again: its window has fired
    back.settle(1);
    back.extractTimestamp(at(25_000));
    assertThrows(
        IllegalStateException.class, () -> back.settle(1), "the window of a tuple of the state");
  }

  @Test
  void stormGetsTheClock() {
    assertEquals(TIMES.of(42), due.extractTimestamp(at(42)));
  }
}
