package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.record.InRecord;
import java.util.List;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** As a query of data that has an end, in which every window closes. */
class WindowsTest {
  private static List<String> windows(String size, InRecord... records) {
    Plan plan =
        Local.plan(
            "window-" + size.replaceAll("\\W+", "-"),
            "{\"window\": {\"node\": 5, "
                + size
                + ", \"metric\": \"x\", \"emit\": [\"event\", \"window\"]}}");
    Answering answering = Local.answering(plan);
    return new Windows(answering, 2, plan.eventTimeMin())
        .of(Local.contributions(answering, records))
        .map(
            (org.apache.spark.api.java.function.MapFunction<Row, String>) r -> describe(r),
            Encoders.STRING())
        .collectAsList();
  }

  private static String describe(Row r) {
    return new String(Columns.bytes(r, 2), java.nio.charset.StandardCharsets.UTF_8)
        + " lane "
        + r.getInt(Columns.LANE);
  }

  @Test
  void beginAtMultiplesOfTheStepAlsoBefore1970() {
    assertEquals(
        List.of(
            "{\"count\":1,\"end\":-10000,\"max\":4,\"min\":4,\"start\":-20000,\"sum\":4} lane 3",
            "{\"count\":2,\"end\":0,\"max\":2,\"min\":1,\"start\":-10000,\"sum\":3} lane 3",
            "{\"count\":1,\"end\":10000,\"max\":8,\"min\":8,\"start\":0,\"sum\":8} lane 3"),
        windows(
            "\"tumbling_ms\": 10000",
            Local.event(1, 3, 3, 0, "{\"x\":8}"),
            Local.event(1, 0, 0, -1, "{\"x\":1}"),
            Local.event(1, 1, 1, -10000, "{\"x\":2}"),
            Local.event(1, 2, 2, -10001, "{\"x\":4}")));
  }

  @Test
  void haveNoResultWithoutAnEventThatHasTheMetric() {
    assertEquals(
        List.of("{\"count\":1,\"end\":20000,\"max\":1,\"min\":1,\"start\":10000,\"sum\":1} lane 3"),
        windows(
            "\"tumbling_ms\": 10000",
            Local.event(1, 0, 0, 1, "{}"),
            Local.event(1, 1, 1, 10000, "{\"x\":1}"),
            Local.event(1, 2, 2, 10001, "{}")));
  }
}
