package io.streamgauge.sparkrealtime;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.spark.Receiving;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The queries as they are planned; nothing is read. */
class QueriesTest {
  private static boolean receives(Plan plan, int stage) {
    Queries queries = new Queries(plan, Local.session(), null);
    return queries
        .results(Local.answering(plan, stage), null)
        .queryExecution()
        .analyzed()
        .toString()
        .contains(Receiving.class.getName());
  }

  @ParameterizedTest
  @ValueSource(strings = {"scan", "reassemble"})
  void everyStageOfAJobOfLargeMessagesHasItsState(String first) {
    Plan plan = Plans.large(first, 1_000_000);
    assertTrue(receives(plan, 0));
    assertTrue(receives(plan, 1));
  }

  @Test
  void otherStagesHaveNot() {
    assertFalse(receives(Plans.of("{\"dedupe\": {\"span\": 1024}}", "{}"), 1));
  }
}
