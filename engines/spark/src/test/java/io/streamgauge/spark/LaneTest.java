package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import java.util.List;
import org.junit.jupiter.api.Test;

class LaneTest {
  private static void refused(Committed lane, long batch, long task, String why) {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> lane.lacks(batch, task));
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  @Test
  void leavesOutABatchThatAFormerLifeHasWrittenWhicheverTaskComes() {
    Committed lane = new Committed("l", 7);
    assertFalse(lane.lacks(7, 0));
    assertFalse(lane.lacks(7, 1));
    assertTrue(lane.lacks(8, 1));
    assertTrue(new Committed("l", -1).lacks(0, 0));
  }

  @Test
  void leavesOutABatchForTheAttemptThatComesAgainAlone() {
    Committed lane = new Committed("l", 6);
    lane.wrote(7, 0);
    assertFalse(lane.lacks(7, 0));
    refused(lane, 7, 1, "BUG: tasks 0 and 1 of batch 7 write to lane l");
    assertTrue(lane.lacks(8, 1));
  }

  /** All but the last batch have ended, and are never repeated. */
  @Test
  void refusesABatchThatIsOlderThanTheTopics() {
    refused(new Committed("l", 7), 6, 0, "batch 6 comes to lane l, which has batch 7");
    refused(new Committed("l", 7), 0, 0, "the checkpoint is older than the topics");
  }

  /** Windows have as many as the topic has partitions, other shuffles as Spark is told. */
  @Test
  void allLanesAreKnownBeforeTheirTasksAre() {
    assertEquals(
        List.of("sg.test.lanes-1-0", "sg.test.lanes-1-1", "sg.test.lanes-1-2", "sg.test.lanes-1-3"),
        Lane.ids(shuffling(1), 1));
    assertEquals(2 + 3, Lane.ids(shuffling(3), 0).size());
  }

  private static Plan shuffling(int partitions) {
    String options = "\"options\": {\"spark\": {\"spark.sql.shuffle.partitions\": %d}}, ";
    String json = Local.plan("lanes", "").json();
    return Plan.parse(
        json.replace("\"state_dir\"", options.formatted(partitions) + "\"state_dir\""));
  }
}
