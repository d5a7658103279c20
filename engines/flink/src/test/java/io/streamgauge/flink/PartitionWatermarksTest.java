package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // the harness may be interrupted when it is closed: not in a test
class PartitionWatermarksTest {
  private static final String PLAN =
      """
      {"contract": 1, "prefix": "partition-watermarks", "guarantee": "at-least-once", "partitions": 2,
       "topics": {"input": "in", "stages": [], "output": "out", "deadletter": "dead", "registry": ""},
       "job": {"name": "w", "reading": {"device": "id", "time": {"path": "t"}, "metrics": {"x": {"path": "x"}}},
               "event_time": {"lateness_ms": 0},
               "stages": [{"name": "only", "do": [
                 {"decode": {}}, {"window": {"node": 1, "metric": "x", "emit": ["window"], "tumbling_ms": 1000}}]}]}}
      """;

  /** Of the first of several tasks. */
  private static OneInputStreamOperatorTestHarness<Arrival, Arrival> harness(int tasks)
      throws Exception {
    PartitionWatermarks operator = new PartitionWatermarks(Plan.parse(PLAN), 0);
    OneInputStreamOperatorTestHarness<Arrival, Arrival> h =
        new OneInputStreamOperatorTestHarness<>(operator, tasks, tasks, 0);
    h.setup(ArrivalSerializer.INSTANCE);
    return h;
  }

  private static void feed(
      OneInputStreamOperatorTestHarness<Arrival, Arrival> h, int partition, long time)
      throws Exception {
    Event e = new Event();
    e.partition = partition;
    e.time = time;
    h.processElement(new Arrival(0, e, null), time);
  }

  private static List<Long> marks(OneInputStreamOperatorTestHarness<Arrival, Arrival> h) {
    return Stream.of(h.getOutput().toArray())
        .filter(Watermark.class::isInstance)
        .map(o -> ((Watermark) o).getTimestamp())
        .toList();
  }

  /** One partition stands at 5000. */
  private static OperatorSubtaskState checkpoint(long other) throws Exception {
    try (var h = harness(1)) {
      h.open();
      feed(h, 0, 5000);
      if (other > 0) {
        feed(h, 1, other);
      }
      assertEquals(List.of(), marks(h), "the source says them");
      return h.snapshot(1, 1);
    }
  }

  /** What comes of the other partition closes windows, as far as this one has come. */
  @Test
  void aPartitionThatHasEndedHoldsNoWindowAfterARestart() throws Exception {
    OperatorSubtaskState state = checkpoint(1500);
    try (var h = harness(1)) {
      h.initializeState(state);
      h.open();
      assertEquals(List.of(1499L), marks(h));
      feed(h, 1, 3000);
      h.processWatermark(100); // never more than what this operator knows
      feed(h, 1, 7000);
      assertEquals(List.of(1499L, 2999L, 4999L), marks(h));
    }
  }

  @Test
  void goesOnFromOneRestartToTheNext() throws Exception {
    OperatorSubtaskState state = checkpoint(1500);
    try (var h = harness(1)) {
      h.initializeState(state);
      h.open();
      state = h.snapshot(2, 2);
    }
    try (var h = harness(1)) {
      h.initializeState(state);
      h.open();
      feed(h, 1, 7000);
      assertEquals(List.of(1499L, 4999L), marks(h));
    }
  }

  @Test
  void aPartitionWithoutAnyEventIsWaitedFor() throws Exception {
    OperatorSubtaskState state = checkpoint(0);
    try (var h = harness(1)) {
      h.initializeState(state);
      h.open();
      feed(h, 0, 7000);
      assertEquals(List.of(), marks(h));
      h.processWatermark(100);
      assertEquals(List.of(100L), marks(h));
      feed(h, 1, 3000); // the source says nothing of it, as long as the other one is silent
      feed(h, 1, 9000);
      assertEquals(List.of(100L, 2999L, 6999L), marks(h));
    }
  }

  /** Each of two tasks has one of two partitions. */
  @Test
  void aPartitionOfAnotherTaskIsNotWaitedFor() throws Exception {
    OperatorSubtaskState state;
    try (var h = harness(2)) {
      h.open();
      feed(h, 0, 5000);
      state = h.snapshot(1, 1);
    }
    try (var h = harness(2)) {
      h.initializeState(state);
      h.open();
      assertEquals(List.of(4999L), marks(h));
    }
  }

  /** Who reads which partition is not known then. */
  @Test
  void withAnotherParallelismTheSourceIsBelieved() throws Exception {
    OperatorSubtaskState state = checkpoint(1500);
    try (var h = harness(2)) {
      h.initializeState(state);
      h.open();
      feed(h, 0, 7000);
      h.processWatermark(6999);
      assertEquals(List.of(6999L), marks(h));
    }
  }
}
