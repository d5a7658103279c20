package io.streamgauge.trident;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ProgressTest {
  @Test
  void theFirstBatchIsThroughWhenEachPartitionHasBeenInOne() {
    Progress p = new Progress(0, 2);
    p.emitted(7, 0, 0, 0);
    p.acknowledged(7);
    assertFalse(p.first().isDone());
    p.emitted(8, 1, 0, 0);
    assertFalse(p.first().isDone());
    p.acknowledged(8);
    assertTrue(p.first().isDone());
  }

  @Test
  void aDrainEndsWhenTheBatchesUpToTheEndAreAcknowledged() {
    Progress p = new Progress(0, 2);
    assertTrue(p.begin(1));
    p.emitted(1, 0, 5, 5);
    p.emitted(1, 1, 5, 5);
    CompletableFuture<Void> drained = p.drain(Map.of(0, 7L, 1, 5L));
    assertEquals(7, p.limit(0));
    p.acknowledged(1);
    assertFalse(drained.isDone());
    assertTrue(p.begin(2));
    p.emitted(2, 0, 2, 7);
    p.emitted(2, 1, 0, 5);
    assertFalse(drained.isDone());
    p.acknowledged(2);
    assertTrue(drained.isDone());
    assertFalse(p.begin(3));
  }

  @Test
  void nothingIsHeldBackBeforeADrain() {
    assertEquals(Long.MAX_VALUE, new Progress(0, 1).limit(0));
  }

  @Test
  void aDrainOfWhatIsDoneEndsAtOnce() {
    Progress p = new Progress(0, 1);
    p.emitted(1, 0, 5, 5);
    p.acknowledged(1);
    assertTrue(p.drain(Map.of(0, 5L)).isDone());
  }

  @Test
  void aStopWaitsForTheBatchesUnderWay() {
    Progress p = new Progress(0, 1);
    assertTrue(p.begin(41));
    assertTrue(p.begin(42));
    CompletableFuture<Void> idle = p.halt();
    assertFalse(p.begin(43));
    p.emitted(41, 0, 1, 1);
    p.acknowledged(41);
    assertFalse(idle.isDone());
    p.emitted(42, 0, 1, 2);
    p.acknowledged(42);
    assertTrue(idle.isDone());
  }

  @Test
  void aStopWithNothingUnderWayIsAtOnce() {
    assertTrue(new Progress(0, 1).halt().isDone());
  }
}
