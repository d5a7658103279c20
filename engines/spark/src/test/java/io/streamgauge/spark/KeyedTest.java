package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.record.InRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.TwsTester;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

class KeyedTest {
  private static final Plan DEDUPE = Local.plan("dedupe", "{\"dedupe\": {\"span\": 1024}}");
  private static final Plan DETECT =
      Local.plan(
          "detect",
          "{\"detect\": {\"node\": 3, \"metric\": \"x\", \"above\": 10, \"clear\": 2, \"emit\": [\"event\", \"alert\"]}}");

  /** A device's records of one batch, through the processor. */
  private static List<String> batch(TwsTester<Long, Row, Row> tester, InRecord... records) {
    List<Row> rows = new ArrayList<>();
    for (InRecord r : records) {
      rows.add(Columns.keyed(1, r));
    }
    List<String> out = new ArrayList<>();
    tester
        .test(1L, CollectionConverters.asScala(rows).toList())
        .foreach(r -> out.add(Local.describe(r)));
    return out;
  }

  private static TwsTester<Long, Row, Row> tester(Keyed processor) {
    return new TwsTester<>(
        processor,
        CollectionConverters.asScala(List.<Tuple2<Long, Object>>of()).toList(),
        TimeMode.None(),
        OutputMode.Append(),
        Option.empty());
  }

  @Test
  void goesByOffsetNotByTheOrderOfTheShuffle() {
    TwsTester<Long, Row, Row> t = tester(new Detecting(Local.answering(DETECT)));
    assertEquals(
        List.of(
            "1 1#0 {\"x\":11}",
            "4 1#0 {\"active\":1,\"threshold\":10,\"value\":11}",
            "1 1#1 {\"x\":8}",
            "4 1#1 {\"active\":0,\"threshold\":10,\"value\":8}"),
        batch(t, Local.event(1, 1, 21, 0, "{\"x\":8}"), Local.event(1, 0, 20, 5, "{\"x\":11}")));
  }

  @Test
  void keepsStateFromBatchToBatch() {
    TwsTester<Long, Row, Row> t = tester(new Deduplicating(Local.answering(DEDUPE)));
    assertEquals(
        List.of("1 1#0 {}", "1 1#1 {}"),
        batch(
            t,
            Local.event(1, 0, 1, 0, "{}"),
            Local.event(1, 1, 2, 0, "{}"),
            Local.event(1, 0, 3, 0, "{}")));
    assertEquals(
        List.of("1 1#2 {}"),
        batch(t, Local.event(1, 1, 4, 0, "{}"), Local.event(1, 2, 5, 0, "{}")));
  }

  @Test
  void resultsOfEarlierStagesKeepTheirPlaceAndTouchNoState() {
    TwsTester<Long, Row, Row> t = tester(new Detecting(Local.answering(DETECT)));
    assertEquals(
        List.of("1 1#0 {\"x\":1}", "2 1#10 {}", "1 1#1 {\"x\":2}", "2 1#20 {}"),
        batch(
            t,
            Local.window(1, 20, 9),
            Local.event(1, 1, 8, 0, "{\"x\":2}"),
            Local.window(1, 10, 7),
            Local.event(1, 0, 6, 0, "{\"x\":1}")));
    assertEquals(Option.empty(), t.peekValueState("active", 1L));
  }
}
