package io.streamgauge.sparkdstream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.kafka010.OffsetRange;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final TopicPartition P0 = new TopicPartition("t", 0);
  private static final TopicPartition P1 = new TopicPartition("t", 1);

  private final Progress progress = new Progress();

  private static OffsetRange[] ranges(long from0, long until0, long from1, long until1) {
    return new OffsetRange[] {
      OffsetRange.create(P0, from0, until0), OffsetRange.create(P1, from1, until1)
    };
  }

  @Test
  void aGoalIsReachedWhenEveryPartitionIs() {
    CompletableFuture<Void> end = progress.until(Map.of(P0, 5L, P1, 7L));
    progress.done(new Time(100), ranges(0, 5, 0, 6));
    assertFalse(end.isDone());
    progress.done(new Time(200), ranges(5, 5, 6, 7));
    assertTrue(end.isDone());
    assertTrue(progress.until(Map.of(P0, 0L)).isDone());
    assertEquals(Map.of(P0, 5L, P1, 7L), progress.done("t"));
    assertEquals(Map.of(), progress.done("other"));
  }

  @Test
  void aBatchGetsItsOwnRangesHoweverManyWereCutSince() {
    OffsetRange[] first = ranges(0, 1, 0, 1);
    progress.cut(1, new Time(100), first);
    progress.cut(1, new Time(200), ranges(1, 2, 1, 2));
    assertArrayEquals(first, progress.run(1, new Time(100)));
    assertNull(progress.run(1, new Time(100)));
    assertNull(progress.run(0, new Time(200)));
  }

  @Test
  void admitsNoRecordsWhileEnoughBatchesWait() {
    progress.tell(null, 2);
    progress.started();
    assertTrue(progress.admits(0, 1));
    progress.cut(0, new Time(100), ranges(0, 3, 0, 0));
    assertTrue(progress.admits(1, 1), "one batch, one answer");
    assertFalse(progress.admits(0, 1));
    assertTrue(progress.admits(0, 2));
    assertTrue(progress.admits(0, 0), "unbounded");
    progress.cut(0, new Time(200), ranges(3, 3, 0, 0));
    progress.over(0, new Time(100));
    assertFalse(progress.admits(0, 1), "a stage is left");
    progress.over(1, new Time(100));
    assertTrue(progress.admits(0, 1), "batches without records do not count");
  }

  /** What a restart cuts anew stands in front of what waits with lower offsets. */
  @Test
  void admitsNoRecordsWhileARestartLasts() {
    assertFalse(progress.admits(0, 2));
    assertFalse(progress.admits(1, 2));
    assertFalse(progress.admits(0, 0), "unbounded");
    progress.started();
    assertTrue(progress.admits(0, 2));
    assertTrue(progress.admits(1, 2));
  }

  /** A batch that is cut anew begins behind those that wait; a drain would leave the stage. */
  @Test
  void whatARestartCutsDoesNotSayThatAllBeforeIsWritten() {
    CompletableFuture<Void> end = progress.until(Map.of(P0, 5L, P1, 7L));
    progress.cut(0, new Time(100), ranges(5, 5, 7, 7));
    progress.cut(0, new Time(200), ranges(2, 5, 3, 7));
    progress.started();
    progress.cut(0, new Time(300), ranges(5, 5, 7, 7));
    progress.done(new Time(100), ranges(5, 5, 7, 7));
    progress.done(new Time(200), ranges(2, 5, 3, 7));
    assertFalse(end.isDone());
    progress.done(new Time(300), ranges(5, 5, 7, 7));
    assertTrue(end.isDone());
  }

  /** Their answers would be on the heap all at once, for nobody. */
  @Test
  void whatARestartDoesNotRunAgainHasEnded() {
    assertFalse(progress.ended(new Time(100)), "there was no restart");
    progress.restored(new Time(300));
    assertTrue(progress.ended(new Time(200)));
    assertFalse(progress.ended(new Time(300)));
    progress.restored(new Time(300), new Time(400), new Time(200));
    assertTrue(progress.ended(new Time(100)));
    assertFalse(progress.ended(new Time(200)));
  }

  @Test
  void nothingIsRunBehindAFailedBatch() {
    progress.proceed();
    progress.broken();
    assertThrows(IllegalStateException.class, progress::proceed);
  }
}
