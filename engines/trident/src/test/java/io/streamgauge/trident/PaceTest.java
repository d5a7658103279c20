package io.streamgauge.trident;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {
  private final Pace pace = new Pace(500);

  private long begins(long millis) {
    return pace.begins(Long.MAX_VALUE + TimeUnit.MILLISECONDS.toNanos(millis)); // it may wrap
  }

  @Test
  void aBatchIsLateByWhatIsBeyondTheIntervalSinceTheOneBefore() {
    assertEquals(0, begins(7_000), "the first one");
    assertEquals(0, begins(7_500));
    assertEquals(700, begins(8_700));
    assertEquals(0, begins(8_700), "several at once");
    assertEquals(1, begins(9_201));
  }
}
