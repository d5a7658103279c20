package io.streamgauge.sparkdstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.spark.streaming.StateImpl;
import org.junit.jupiter.api.Test;
import scala.Option;

class ReassembleStateTest {
  private static final String WHOLE = "sg sgt 010002000300";

  private final Stage stage = Large.stage("reassemble", 0);
  private final StateImpl<Assembly> state = new StateImpl<>();
  private final Map<Long, String> input = new HashMap<>(); // values by offset
  private final List<Long> again = new ArrayList<>(); // offsets that were read again
  private Assembly now; // of the device; null: none
  private long offset = 100;

  private byte[] again(long at) {
    again.add(at);
    return HexFormat.of().parseHex(input.get(at));
  }

  /** What a record of the device gives, as mapWithState calls the function. */
  private List<String> take(Event e) {
    state.wrap(Option.apply(now));
    Answers given = ReassembleState.answer(stage.messages(), e, state, this::again);
    now = state.isUpdated() ? state.get() : now;
    return Large.describe(given);
  }

  private List<String> chunk(long sequence, int index) {
    input.put(offset, Large.hex(index));
    return take(Large.chunk(stage, offset++, sequence, index));
  }

  @Test
  void aMessageIsPutTogetherOfWhatKafkaHas() {
    assertEquals(List.of(), chunk(0, 0));
    assertEquals(List.of("sg sgt 0180"), take(Large.event(stage, offset++, 1, "0180", null)));
    assertEquals(List.of(), chunk(0, 0), "a repeat");
    assertEquals(List.of(), chunk(0, 1));
    assertEquals(2, now.offsets().length);
    assertEquals(List.of(WHOLE), chunk(0, 2));
    assertEquals(List.of(100L, 103L), again, "and the last chunk is at hand");
    assertEquals(0, now.offsets().length);
    assertEquals(List.of(), chunk(0, 2), "the message is over");
  }

  @Test
  void chunksOfARefusedMessageAreForgottenWhenTheNextBegins() {
    chunk(0, 0);
    chunk(0, 1);
    assertEquals(List.of("dead missing_chunk"), chunk(1, 0));
    assertEquals(List.of(), chunk(1, 1));
    assertEquals(List.of(WHOLE), chunk(1, 2));
    assertEquals(List.of(102L, 103L), again);
    assertEquals(List.of(), chunk(2, 0));
    assertEquals(List.of("dead missing_chunk"), chunk(2, 2));
    assertEquals(0, now.offsets().length);
  }

  /** Spark may begin a batch again from the state before it. */
  @Test
  void aBatchGivesTheSameWhenItIsRunAgain() {
    chunk(0, 0);
    Assembly before = now;
    for (int run = 0; run < 2; run++) {
      now = before;
      offset = 101;
      again.clear();
      assertEquals(List.of(), chunk(0, 1));
      assertEquals(List.of(WHOLE), chunk(0, 2));
      assertEquals(List.of(100L, 101L), again);
    }
  }

  /** Its state is made again after a restart, and nobody writes what it gives. */
  @Test
  void aBatchThatHasEndedGivesItsStateAlone() {
    chunk(0, 0);
    input.put(offset, Large.hex(1));
    state.wrap(Option.apply(now));
    Arrival a = Arrival.of(Large.chunk(stage, offset++, 0, 1)).ofEndedBatch();
    Answers given = ReassembleState.answer(stage.messages(), a, state, this::again);
    assertEquals(0, given.records().length);
    now = state.get();
    assertEquals(List.of(WHOLE), chunk(0, 2));
    Arrival whole = Arrival.of(Large.event(stage, offset, 1, "0180", null)).ofEndedBatch();
    assertEquals(Answers.none(), ReassembleState.answer(stage.messages(), whole, null, null));
  }

  @Test
  void messagesInOneRecordTouchNoState() {
    assertEquals(List.of("sg sgt 0180"), take(Large.event(stage, 0, 0, "0180", null)));
    assertNull(now);
  }
}
