package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.Output;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** As a query of data that has an end: one batch. */
class TotalsTest {
  private static final Plan PLAN =
      Local.plan("total", "{\"aggregate\": {\"node\": 3, \"metric\": \"x\"}}");

  @Test
  void tellsOfEachDeviceOnceInABatch() {
    Answering answering = Local.answering(PLAN);
    List<Row> updates =
        new Totals(answering)
            .of(
                Local.contributions(
                    answering,
                    Local.event(1, 0, 0, -7, "{\"x\":8}"),
                    Local.event(2, 0, 1, 5, "{\"x\":1}"),
                    Local.event(1, 2, 2, -9, "{\"x\":-2}"),
                    Local.event(1, 1, 3, -8, "{\"x\":5}")))
            .collectAsList();
    assertEquals(
        Set.of(
            "5 1#3 {\"count\":3,\"max\":8,\"min\":-2,\"sum\":11} intended 2000 time -7",
            "5 2#1 {\"count\":1,\"max\":1,\"min\":1,\"sum\":1} intended 0 time 5"),
        updates.stream().map(TotalsTest::describe).collect(Collectors.toSet()));
    assertEquals(2, updates.size());
  }

  @Test
  void aTaskBehindTheShuffleHasALaneOfItsOwn() {
    Answering answering = Local.answering(PLAN);
    Set<Integer> lanes = new TreeSet<>();
    for (Row r :
        new Totals(answering)
            .of(
                Local.contributions(
                    answering,
                    LongStream.range(0, 20)
                        .mapToObj(d -> Local.event(d, 0, d, 0, "{\"x\":1}"))
                        .toArray(InRecord[]::new)))
            .collectAsList()) {
      lanes.add(r.getInt(Columns.LANE));
    }
    assertEquals(Set.of(2, 3), lanes, "partitions 0 and 1 of the topic, then those of the shuffle");
  }

  private static String describe(Row r) {
    Map<String, byte[]> headers = new HashMap<>();
    for (Row h : r.<Row>getList(3)) {
      headers.put(h.getString(0), Columns.bytes(h, 1));
    }
    Output o = Output.parse(headers.get(Headers.OUTPUT));
    return String.format(
        "%d %d#%d %s intended %d time %d",
        o.kind(),
        o.device(),
        o.sequence(),
        new String(Columns.bytes(r, 2), StandardCharsets.UTF_8),
        o.intended(),
        Headers.time(headers.get(Headers.TIME)));
  }
}
