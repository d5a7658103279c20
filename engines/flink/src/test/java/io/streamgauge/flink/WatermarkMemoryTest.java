package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // the harness may be interrupted when it is closed: not in a test
class WatermarkMemoryTest {
  private static OneInputStreamOperatorTestHarness<String, String> harness() throws Exception {
    return new OneInputStreamOperatorTestHarness<>(new WatermarkMemory<>());
  }

  private static List<Object> output(AbstractStreamOperatorTestHarness<String> h) {
    return Stream.of(h.getOutput().toArray()).toList();
  }

  @Test
  void saysTheWatermarkOfTheCheckpointBeforeTheFirstEvent() throws Exception {
    OperatorSubtaskState state;
    try (var h = harness()) {
      h.open();
      h.processWatermark(100);
      state = h.snapshot(1, 1);
      h.processWatermark(200); // after the checkpoint: rolled back
    }
    try (var h = harness()) {
      h.initializeState(state);
      h.open();
      h.processElement("late", 50);
      assertEquals(List.of(new Watermark(100), new StreamRecord<>("late", 50)), output(h));
    }
  }

  @Test
  void holdsBackLowerOnesAfterwards() throws Exception {
    OperatorSubtaskState state;
    try (var h = harness()) {
      h.open();
      h.processWatermark(100);
      state = h.snapshot(1, 1);
    }
    try (var h = harness()) {
      h.initializeState(state);
      h.open();
      h.processWatermark(60);
      h.processWatermark(100);
      h.processWatermark(101);
      assertEquals(List.of(new Watermark(100), new Watermark(101)), output(h));
    }
  }

  @Test
  void saysNothingWithoutACheckpoint() throws Exception {
    try (var h = harness()) {
      h.open();
      h.processElement("first", 50);
      assertEquals(List.of(new StreamRecord<>("first", 50)), output(h));
    }
  }
}
