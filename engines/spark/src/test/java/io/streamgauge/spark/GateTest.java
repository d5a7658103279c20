package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GateTest {
  @Test
  void aClosedGateAdmitsTasksOfTheBatchAtHandAndNoLaterOne() {
    Gate.Latch latch = new Gate.Latch();
    assertTrue(latch.admit(6));
    assertTrue(latch.admit(7));
    assertEquals(7, latch.close());
    assertTrue(latch.admit(7));
    assertFalse(latch.admit(8));
    assertEquals(7, latch.close());
  }

  @Test
  void beforeTheFirstBatchItAdmitsNone() {
    Gate.Latch latch = new Gate.Latch();
    assertEquals(-1, latch.close());
    assertFalse(latch.admit(0));
  }
}
