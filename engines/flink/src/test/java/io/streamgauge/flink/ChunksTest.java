package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.record.Chunk;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Stamp;
import java.util.HexFormat;
import java.util.List;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("try") // the harness may be interrupted when it is closed: not in a test
class ChunksTest {
  private static final String PLAN =
      """
      {"contract": 1, "prefix": "%s", "guarantee": "at-least-once", "partitions": 1,
       "topics": {"input": "in", "stages": ["mid"], "output": "out", "deadletter": "dead", "registry": ""},
       "job": {"name": "l", "stages": [{"name": "first", "do": [{"%1$s": {}}]}, {"name": "last", "do": [{"scan": {}}]}]}}
      """;

  private static KeyedOneInputStreamOperatorTestHarness<Long, Event, OutRecord> harness(
      String operator) throws Exception {
    return new KeyedOneInputStreamOperatorTestHarness<>(
        new KeyedProcessOperator<>(new Chunks(Plan.parse(PLAN.formatted(operator)), 0)),
        Event::owner,
        BasicTypeInfo.LONG_TYPE_INFO);
  }

  /** Of three samples, 1, 2 and 3. The hash is that of PyPI's xxhash. */
  private static Event chunk(int index, int offset, String hex) {
    Event e = new Event();
    e.key = new byte[] {'d'};
    e.value = HexFormat.of().parseHex(hex);
    e.sg = new Stamp(4, 0, 1, 9, index, 0).toBytes();
    e.sgt = Headers.time(7);
    e.time = 7;
    e.sgc = new Chunk(index, 3, offset, 6, 0xc416cfbf9546d233L).toBytes();
    return e;
  }

  private static List<String> results(
      KeyedOneInputStreamOperatorTestHarness<Long, Event, OutRecord> h) {
    return h.extractOutputValues().stream()
        .map(r -> r.deadLetter() + " " + HexFormat.of().formatHex(r.value()))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"scan, false 0300", "reassemble, false 010002000300"})
  void aMessageGoesOnFromTheCheckpoint(String operator, String answer) throws Exception {
    OperatorSubtaskState state;
    try (var h = harness(operator)) {
      h.open();
      h.processElement(chunk(0, 0, "01"), 0);
      h.processElement(chunk(1, 1, "000200"), 0);
      state = h.snapshot(1, 1);
      h.processElement(chunk(2, 4, "0300"), 0); // after the checkpoint: rolled back
    }
    try (var h = harness(operator)) {
      h.initializeState(state);
      h.open();
      h.processElement(chunk(1, 1, "000200"), 0); // came before: nothing
      h.processElement(chunk(2, 4, "0300"), 0);
      h.processElement(chunk(2, 4, "0300"), 0); // the message is over
      assertEquals(List.of(answer), results(h));
      assertEquals(1, h.numKeyedStateEntries(), "nothing is kept but that it is over");
    }
  }
}
