package io.streamgauge.sparkrealtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.Stamp;
import io.streamgauge.spark.Answering;
import io.streamgauge.spark.Columns;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.TwsTester;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/** Windows of 10 s that may be 5 s late, of one device, from 100 s before 1970 on. */
class ClosingTest {
  private static final long EARLIEST = -100_000;
  private static final long LATENESS = 5000;

  private final Answering answering = answering("\"tumbling_ms\": 10000");
  private final TwsTester<Long, Row, Row> tester = tester(answering);

  private static Answering answering(String size) {
    Plan plan =
        Plans.of(
            "{\"window\": {\"node\": 5, "
                + size
                + ", \"metric\": \"x\", \"emit\": [\"event\", \"window\"]}}",
            "{}");
    return Local.answering(plan, 1);
  }

  private static TwsTester<Long, Row, Row> tester(Answering answering) {
    return new TwsTester<>(
        new Closing(answering, -EARLIEST),
        CollectionConverters.asScala(List.<Tuple2<Long, Object>>of()).toList(),
        TimeMode.EventTime(),
        OutputMode.Update(),
        Option.<scala.Function1<Row, Object>>apply(new Never()));
  }

  /** The tester drops what is late by this; the query has no column that says it. */
  private static final class Never extends scala.runtime.AbstractFunction1<Row, Object> {
    @Override
    public Object apply(Row r) {
      return Long.MAX_VALUE;
    }
  }

  /** An event of the device, through the steps before and behind the shuffle. */
  private List<String> event(long sequence, long time, String value) {
    byte[] sg = new Stamp(0, 0, 1, sequence, sequence, 7).toBytes();
    List<Row> headers =
        List.of(
            RowFactory.create(Headers.STAMP, sg),
            RowFactory.create(Headers.TIME, Headers.time(time)));
    Row source =
        RowFactory.create(
            0, sequence, bytes("d1"), bytes(value), CollectionConverters.asScala(headers).toSeq());
    Row contribution = new Contributing(answering, null).apply(source);
    return values(tester.test(1L, CollectionConverters.asScala(List.of(contribution)).toList()));
  }

  /** Batches have ended that reached this event time. */
  private List<String> reached(long time) {
    return values(tester.setWatermark(time - EARLIEST - LATENESS));
  }

  private static List<String> values(scala.collection.immutable.List<Row> rows) {
    List<String> out = new ArrayList<>();
    rows.foreach(r -> out.add(new String(Columns.bytes(r, 2), StandardCharsets.UTF_8)));
    return out;
  }

  private static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void closesAWindowAtItsEndAndTheLateness() {
    assertEquals(List.of("{\"x\":3}"), event(0, 1000, "{\"x\":3}"));
    assertEquals(List.of("{\"x\":1}"), event(1, 9999, "{\"x\":1}"));
    assertEquals(List.of("{\"x\":9}"), event(2, 10000, "{\"x\":9}"));
    assertEquals(List.of(), reached(14999));
    assertEquals(
        List.of("{\"count\":2,\"end\":10000,\"max\":3,\"min\":1,\"start\":0,\"sum\":4}"),
        reached(15000));
  }

  @Test
  void anEventTooLateIsAnsweredAndOpensNothing() {
    event(0, 1000, "{\"x\":3}");
    assertEquals(1, reached(15000).size());
    assertEquals(List.of("{\"x\":4}"), event(1, 9999, "{\"x\":4}"));
    assertEquals(List.of(), reached(30000));
  }

  @Test
  void anEventWithoutTheMetricOpensNothing() {
    assertEquals(List.of("{}"), event(0, 1000, "{}"));
    assertEquals(List.of(), reached(30000));
  }

  @Test
  void goesBefore1970() {
    event(0, EARLIEST, "{\"x\":3}");
    event(1, -1, "{\"x\":5}");
    assertEquals(
        List.of(
            "{\"count\":1,\"end\":-90000,\"max\":3,\"min\":3,\"start\":-100000,\"sum\":3}",
            "{\"count\":1,\"end\":0,\"max\":5,\"min\":5,\"start\":-10000,\"sum\":5}"),
        reached(5000));
  }
}
