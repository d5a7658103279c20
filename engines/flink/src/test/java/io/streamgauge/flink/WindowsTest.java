package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.OneInputTransformation;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // the harness may be interrupted when it is closed: not in a test
class WindowsTest {
  private static final String PLAN =
      """
      {"contract": 1, "prefix": "%d", "guarantee": "at-least-once", "partitions": 1,
       "topics": {"input": "in", "stages": [], "output": "out", "deadletter": "dead", "registry": ""},
       "job": {"name": "w", "reading": {"device": "id", "time": {"path": "t"}, "metrics": {"x": {"path": "x"}}},
               "event_time": {"lateness_ms": 0},
               "stages": [{"name": "only", "do": [
                 {"decode": {}}, {"window": {"node": 1, "metric": "x", "emit": ["window"], %s}}]}]}}
      """;

  private static KeyedOneInputStreamOperatorTestHarness<Long, Sample, OutRecord> harness(
      String window) throws Exception {
    Plan plan = Plan.parse(PLAN.formatted(window.hashCode(), window));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    var samples = env.fromData(Types.SAMPLE, sample(0, 0));
    var windows =
        (OneInputTransformation<?, ?>)
            Windows.over(samples, plan, Programs.stage(plan, 0)).getTransformation();
    @SuppressWarnings("unchecked") // what Windows.over makes
    var typed = (OneInputTransformation<Sample, OutRecord>) windows;
    return new KeyedOneInputStreamOperatorTestHarness<>(
        typed.getOperatorFactory(), s -> s.stamp().owner(), BasicTypeInfo.LONG_TYPE_INFO);
  }

  private static Sample sample(long sequence, long metric) {
    return new Sample(new byte[] {'d'}, new Stamp(0, 0, 1, sequence, sequence, 0), metric);
  }

  private static List<String> results(
      KeyedOneInputStreamOperatorTestHarness<Long, Sample, OutRecord> h) {
    return h.extractOutputValues().stream()
        .map(r -> new String(r.value(), StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void hoppingWindowsGiveOneResultEachInAscendingOrder() throws Exception {
    try (var h = harness("\"hopping_ms\": 1000, \"every_ms\": 500")) {
      h.open();
      h.processElement(sample(0, 5), 600);
      h.processElement(sample(1, 7), -1);
      h.processWatermark(2000);
      assertEquals(
          List.of(
              "{\"count\":1,\"end\":0,\"max\":7,\"min\":7,\"start\":-1000,\"sum\":7}",
              "{\"count\":1,\"end\":500,\"max\":7,\"min\":7,\"start\":-500,\"sum\":7}",
              "{\"count\":1,\"end\":1000,\"max\":5,\"min\":5,\"start\":0,\"sum\":5}",
              "{\"count\":1,\"end\":1500,\"max\":5,\"min\":5,\"start\":500,\"sum\":5}"),
          results(h));
    }
  }

  /**
   * What Flink does by itself: the reason for the memory in front of the windows. Should this fail
   * one day, drop that.
   */
  @Test
  void flinkAloneOpensAClosedWindowAnewAfterARestart() throws Exception {
    OperatorSubtaskState closed = closeAndSnapshot();
    try (var h = harness("\"tumbling_ms\": 1000")) {
      h.initializeState(closed);
      h.open();
      h.processElement(sample(1, 9), 600);
      h.processWatermark(1500);
      assertEquals(
          List.of("{\"count\":1,\"end\":1000,\"max\":9,\"min\":9,\"start\":0,\"sum\":9}"),
          results(h));
    }
  }

  @Test
  void behindTheMemoryAClosedWindowStaysClosed() throws Exception {
    OperatorSubtaskState remembered;
    try (var memory =
        new OneInputStreamOperatorTestHarness<Sample, Sample>(new WatermarkMemory<>())) {
      memory.open();
      memory.processWatermark(999);
      remembered = memory.snapshot(1, 1);
    }
    OperatorSubtaskState closed = closeAndSnapshot();
    try (var memory =
            new OneInputStreamOperatorTestHarness<Sample, Sample>(new WatermarkMemory<>());
        var h = harness("\"tumbling_ms\": 1000")) {
      h.initializeState(closed);
      h.open();
      memory.initializeState(remembered);
      memory.open();
      for (Object o : memory.getOutput()) {
        h.processWatermark((Watermark) o);
      }
      h.processElement(sample(1, 9), 600);
      h.processWatermark(1500);
      assertEquals(List.of(), results(h));
    }
  }

  /** One event in [0, 1000), whose result is out. */
  private static OperatorSubtaskState closeAndSnapshot() throws Exception {
    try (var h = harness("\"tumbling_ms\": 1000")) {
      h.open();
      h.processElement(sample(0, 5), 500);
      h.processWatermark(999);
      assertEquals(
          List.of("{\"count\":1,\"end\":1000,\"max\":5,\"min\":5,\"start\":0,\"sum\":5}"),
          results(h));
      return h.snapshot(1, 1);
    }
  }
}
