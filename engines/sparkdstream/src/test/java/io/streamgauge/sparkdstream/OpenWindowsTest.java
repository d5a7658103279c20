package io.streamgauge.sparkdstream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Registry;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Window;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OpenWindowsTest {
  private static final String PLAN =
      """
      {"contract": 1, "partitions": 1, "guarantee": "at-least-once", "job": {"name": "j", "event_time": {"lateness_ms": 500},
        "reading": {"device": "id", "time": {"path": "t"}, "metrics": {"x": {"path": "x"}}},
        "stages": [{"name": "a", "do": [{"decode": {}}]},
          {"name": "b", "do": [{"window": {"node": 1, "%s_ms": 1000, %s "metric": "x", "emit": ["window"]}}]}]},
        "topics": {"input": "in", "stages": ["mid"], "output": "out"}}
      """;

  private final Stage tumbling = stage("tumbling", "");
  private final Window window = tumbling.window();
  private long sequence;

  private static Stage stage(String kind, String step) {
    return Stage.compile(Plan.parse(PLAN.formatted(kind, step)), new Registry()).get(1);
  }

  private Event event(Stage stage, int device, long time) {
    byte[] key = ("d" + device).getBytes(StandardCharsets.UTF_8);
    byte[] sg = new Stamp(0, 0, device, sequence, sequence, 0).toBytes();
    sequence++;
    byte[] value = "{\"x\":7}".getBytes(StandardCharsets.UTF_8);
    return stage.arrive(new InRecord(0, sequence, key, value, sg, Headers.time(time), null));
  }

  /** Takes an event and gives what it closes: start, device and count of each. */
  private List<String> take(OpenWindows open, Event e) {
    List<String> closed = new ArrayList<>();
    open.add(window, e);
    open.advance(window, e.time, (start, a) -> closed.add(start + " " + a.owner + " " + a.count));
    return closed;
  }

  @Test
  void closesAtEndPlusLateness() {
    OpenWindows open = new OpenWindows();
    assertEquals(List.of(), take(open, event(tumbling, 1, 999)));
    assertEquals(List.of(), take(open, event(tumbling, 2, 1499)));
    assertEquals(List.of("0 1 1"), take(open, event(tumbling, 2, 1500)));
  }

  @Test
  void closesAllDevicesInAscendingStart() {
    OpenWindows open = new OpenWindows();
    take(open, event(tumbling, 1, 1000));
    take(open, event(tumbling, 1, 600));
    take(open, event(tumbling, 1, 601));
    assertEquals(List.of("0 1 2", "1000 1 1"), take(open, event(tumbling, 2, 60_000)));
  }

  @Test
  void leavesLateEventsOut() {
    OpenWindows open = new OpenWindows();
    take(open, event(tumbling, 1, 500));
    assertEquals(List.of("0 1 1"), take(open, event(tumbling, 1, 1500)));
    assertEquals(List.of(), take(open, event(tumbling, 1, 999)));
    assertEquals(List.of("1000 1 1"), take(open, event(tumbling, 1, 9000)));
  }

  @Test
  void anEventIsNeverLateByItself() {
    OpenWindows open = new OpenWindows();
    take(open, event(tumbling, 1, -70_000));
    assertEquals(List.of("-70000 1 1"), take(open, event(tumbling, 1, 70_000)));
    assertEquals(List.of("70000 1 1"), take(open, event(tumbling, 1, 80_000)));
  }

  @Test
  void countsHoppingWindowsOnceEach() {
    Stage hopping =
        Stage.compile(Plan.parse(PLAN.formatted("hopping", "\"every_ms\": 250,")), new Registry())
            .get(1);
    OpenWindows open = new OpenWindows();
    List<Long> starts = new ArrayList<>();
    Event e = event(hopping, 1, 1100);
    open.add(hopping.window(), e);
    open.advance(hopping.window(), 1100, (start, a) -> {});
    open.advance(hopping.window(), 99_000, (start, a) -> starts.add(start));
    assertEquals(List.of(250L, 500L, 750L, 1000L), starts);
  }

  /** Spark may begin a batch again from the state before it: that one must still be as it was. */
  @Test
  void aSuccessorChangesNothingOfTheOneBefore() {
    OpenWindows before = new OpenWindows();
    take(before, event(tumbling, 1, 100));
    OpenWindows after = before.successor();
    take(after, event(tumbling, 1, 200));
    take(after, event(tumbling, 2, 300));
    assertEquals(Set.of("0 1 2", "0 2 1"), Set.copyOf(take(after, event(tumbling, 3, 5000))));

    OpenWindows again = before.successor();
    assertEquals(List.of("0 1 1"), take(again, event(tumbling, 3, 5000)));
  }
}
