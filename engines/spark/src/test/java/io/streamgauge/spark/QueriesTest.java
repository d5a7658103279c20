package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** The queries as they are planned; nothing is read. */
class QueriesTest {
  /**
   * What rows of a query come through that ends a stage of Spark's, or brings branches together.
   */
  private static List<String> passes(Dataset<Row> results) {
    String plan = results.queryExecution().analyzed().toString();
    return Stream.of("Aggregate", "Repartition", "Union").filter(plan::contains).toList();
  }

  @Test
  void answersOfAStageWithWindowsWaitForNoShuffle() {
    Plan plan =
        Local.plan(
            "queries-window",
            "{\"window\": {\"node\": 5, \"tumbling_ms\": 10, \"metric\": \"x\", \"emit\": [\"event\", \"window\"]}}");
    Queries queries = new Queries(plan, Local.session(), null);
    Answering answering = Local.answering(plan);
    assertEquals(List.of(), passes(queries.answers(answering, null)));
    assertEquals(List.of("Aggregate", "Repartition"), passes(queries.windows(answering, null)));
  }

  @Test
  void updatesAndDeadLettersLeaveTogether() {
    Plan plan = Local.plan("queries-total", "{\"aggregate\": {\"node\": 3, \"metric\": \"x\"}}");
    Queries queries = new Queries(plan, Local.session(), null);
    assertEquals(
        List.of("Aggregate", "Union"), passes(queries.answers(Local.answering(plan), null)));
  }
}
