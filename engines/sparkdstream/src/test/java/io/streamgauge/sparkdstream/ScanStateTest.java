package io.streamgauge.sparkdstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.Chunk;
import java.util.List;
import org.apache.spark.streaming.StateImpl;
import org.junit.jupiter.api.Test;
import scala.Option;

class ScanStateTest {
  private final Stage first = Large.stage("scan", 0);
  private final Stage last = Large.stage("scan", 1);
  private final StateImpl<Message> state = new StateImpl<>();
  private Message now; // of the device; null: none
  private long offset;

  /** What a record of the device gives, as mapWithState calls the function. */
  private List<String> take(Stage stage, Event e) {
    state.wrap(Option.apply(now));
    List<String> given = Large.describe(ScanState.answer(stage.messages(), e, state));
    now = state.isUpdated() ? state.get() : now;
    return given;
  }

  private List<String> chunk(Stage stage, long sequence, int index) {
    return take(stage, Large.chunk(stage, offset++, sequence, index));
  }

  @Test
  void handsEachChunkOn() {
    assertEquals(List.of("sg sgt sgc 01"), chunk(first, 0, 0));
    assertEquals(List.of("sg sgt sgc 000200"), chunk(first, 0, 1));
    assertEquals(List.of("sg sgt sgc 0300"), chunk(first, 0, 2));
  }

  @Test
  void theLastStageAnswersWithTheLastChunk() {
    assertEquals(List.of(), chunk(last, 0, 0));
    assertEquals(List.of(), chunk(last, 0, 1));
    assertEquals(List.of(Large.SUMMARY), chunk(last, 0, 2));
  }

  /** After a crash the stage before has written some of its batches twice. */
  @Test
  void chunksThatComeAgainBringNothing() {
    chunk(last, 0, 0);
    chunk(last, 0, 1);
    assertEquals(List.of(), chunk(last, 0, 0));
    assertEquals(List.of(), chunk(last, 0, 1));
    assertEquals(List.of(Large.SUMMARY), chunk(last, 0, 2));
    assertEquals(List.of(), chunk(last, 0, 1));
    assertEquals(List.of(), chunk(last, 0, 2));
    assertEquals(List.of(), chunk(last, 1, 0));
    assertEquals(List.of(), chunk(last, 0, 2), "the next message has begun");
  }

  /** Spark may begin a batch again from the state before it. */
  @Test
  void aBatchGivesTheSameWhenItIsRunAgain() {
    chunk(last, 0, 0);
    Message before = now;
    for (int run = 0; run < 2; run++) {
      now = before;
      assertEquals(List.of(), chunk(last, 0, 1));
      assertEquals(List.of(Large.SUMMARY), chunk(last, 0, 2));
    }
  }

  /** Its state is made again after a restart, and nobody writes what it gives. */
  @Test
  void aBatchThatHasEndedGivesItsStateAlone() {
    for (int i = 0; i < 3; i++) {
      state.wrap(Option.apply(now));
      Arrival a = Arrival.of(Large.chunk(first, offset++, 0, i)).ofEndedBatch();
      assertEquals(0, ScanState.answer(first.messages(), a, state).records().length);
      now = state.get();
    }
    assertFalse(now.open());
    assertEquals(List.of(), chunk(first, 0, 2), "the message is over");
    assertEquals(List.of("sg sgt sgc 01"), chunk(first, 1, 0));
  }

  @Test
  void theNextMessageShowsThatTheOneBeforeBrokeOff() {
    chunk(first, 0, 0);
    assertEquals(List.of("dead missing_chunk", "sg sgt sgc 01"), chunk(first, 1, 0));
  }

  @Test
  void messagesInOneRecordTouchNoState() {
    Chunk claim = new Chunk(0, 0, 0, 6, 0);
    assertEquals(List.of(Large.SUMMARY), take(last, Large.event(last, 0, 0, "010002000300", null)));
    assertEquals(List.of("dead missing_object"), take(last, Large.event(last, 1, 1, "6f", claim)));
    assertNull(now);
  }
}
