package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.record.InRecord;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** As a query of data that has an end, in which every window closes. */
class WindowsTest {
  private static final Plan PLAN =
      Local.plan(
          "windows",
          "{\"window\": {\"node\": 5, \"tumbling_ms\": 10000, \"metric\": \"x\", \"emit\": [\"event\", \"window\"]}}");

  private static final String BATCH = "streaming.sql.batchId";
  private static final long LOOK_MILLIS = 20;
  private static final String ENTER = Gate.class.getName() + ".enter";

  private final SparkContext context = Local.session().sparkContext();

  private static Dataset<Row> results(Gate gate, InRecord... records) {
    Answering answering = Local.answering(PLAN);
    return new Windows(answering, 2, PLAN.eventTimeMin())
        .of(Local.contributions(answering, records), gate);
  }

  private List<String> windows(InRecord... records) {
    context.setLocalProperty(BATCH, "0"); // as a streaming query does
    return results(new Gate("windows"), records)
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
            Local.event(1, 0, 0, 1, "{}"),
            Local.event(1, 1, 1, 10000, "{\"x\":1}"),
            Local.event(1, 2, 2, 10001, "{}")));
  }

  /** One that Spark runs for windows alone reads nothing, and asks nowhere else. */
  @Test
  void ofABatchThatIsNotToBeginAreNotGiven() throws InterruptedException {
    Gate gate = new Gate("windows-held");
    gate.close();
    Dataset<Row> results = results(gate, Local.event(1, 0, 0, 1, "{\"x\":1}"));
    CompletableFuture<Void> batch =
        Background.run(
            "batch",
            () -> {
              context.setJobGroup("held", "a batch that waits", true);
              context.setLocalProperty(BATCH, "0");
              results.collectAsList();
            });
    while (!batch.isDone() && !waitsAtTheGate()) {
      Thread.sleep(LOOK_MILLIS);
    }
    assertFalse(batch.isDone());
    context.cancelJobGroup("held");
    assertThrows(CompletionException.class, batch::join);
  }

  private static boolean waitsAtTheGate() {
    return Thread.getAllStackTraces().values().stream()
        .flatMap(Arrays::stream)
        .anyMatch(f -> ENTER.equals(f.getClassName() + "." + f.getMethodName()));
  }
}
