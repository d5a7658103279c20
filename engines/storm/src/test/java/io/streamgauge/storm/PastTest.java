package io.streamgauge.storm;

import static io.streamgauge.storm.Past.Turn.AGAIN;
import static io.streamgauge.storm.Past.Turn.LATER;
import static io.streamgauge.storm.Past.Turn.NOW;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.stream.StreamSupport;
import org.apache.storm.state.InMemoryKeyValueState;
import org.apache.storm.state.KeyValueState;
import org.junit.jupiter.api.Test;

class PastTest {
  @Test
  void recordsHaveTheirTurnInOrder() {
    Past past = new Past(0, 100);
    assertEquals(LATER, past.turn(6, 5), "nothing is known of what comes before");
    assertEquals(NOW, past.turn(5, RecordFields.FIRST));
    past.take(5);
    assertEquals(AGAIN, past.turn(5, RecordFields.FIRST));
    assertEquals(AGAIN, past.turn(3, 2));
    assertEquals(LATER, past.turn(7, 6));
    assertEquals(NOW, past.turn(6, 5));
    assertEquals(NOW, past.turn(9, 5), "offsets may have gaps");
  }

  @Test
  void aSpoutThatBeginsAnewBehindWhatWasTakenGoesOn() {
    Past past = new Past(0, 100);
    past.take(9);
    assertEquals(NOW, past.turn(10, RecordFields.FIRST));
    assertEquals(AGAIN, past.turn(8, RecordFields.FIRST));
  }

  @Test
  void theStateBringsItBack() {
    KeyValueState<String, byte[]> state = new InMemoryKeyValueState<>();
    Past past = new Past(1, 100);
    past.take(41);
    past.move(-7);
    past.keep(40, new byte[] {1, 2});
    past.save(state);
    Past back = Past.restore(state, 100).get(1);
    assertEquals(-7, back.clock());
    assertEquals(AGAIN, back.turn(41, 40));
    assertEquals(NOW, back.turn(42, 41));
    assertArrayEquals(new byte[] {1, 2}, back.answer(40));
    assertNull(back.answer(41));
  }

  @Test
  void answersAreKeptAsLongAsTheirRecordsMayComeAgain() {
    KeyValueState<String, byte[]> state = new InMemoryKeyValueState<>();
    Past past = new Past(0, 10);
    past.keep(5, new byte[] {5});
    past.keep(6, new byte[] {6});
    past.take(15);
    past.save(state);
    assertArrayEquals(new byte[] {5}, past.answer(5));
    past.take(16);
    past.save(state);
    assertNull(past.answer(5));
    assertArrayEquals(new byte[] {6}, past.answer(6));
    assertEquals(
        2,
        StreamSupport.stream(state.spliterator(), false).count(),
        "entries: one answer and the place");
  }

  @Test
  void anAnswerTooOldBeforeItWasSavedIsNot() {
    KeyValueState<String, byte[]> state = new InMemoryKeyValueState<>();
    Past past = new Past(0, 10);
    past.keep(5, new byte[] {5});
    past.take(100);
    past.save(state);
    assertEquals(
        1, StreamSupport.stream(state.spliterator(), false).count(), "entries: the place alone");
  }
}
