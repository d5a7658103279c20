package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  private static final String PLAN =
      """
      {"contract": 1, "prefix": "%s", "guarantee": "exactly-once", "partitions": 1, "commit_interval_ms": 100,
       "brokers": {"bootstrap": ["localhost:1"]}, "limits": {"max_record_bytes": 1000}, "state_dir": "%s",
       "topics": {"input": "in", "stages": [], "output": "out", "deadletter": "dead", "registry": ""},
       "job": {"name": "l", "stages": [{"name": "only", "do": [{"scan": {}}]}]},
       "options": {"flink": {"execution.checkpointing.dir": "%s"}}}
      """;

  @TempDir Path dir;

  private Plan plan(String prefix, String checkpoints) {
    return Plan.parse(PLAN.formatted(prefix, dir.resolve(prefix), checkpoints));
  }

  /** One folder for the checkpoints of all jobs: none goes on from another's. */
  @Test
  void aJobHasItsOwnCheckpointsInAFolderThatWasGiven() throws Exception {
    String given = dir.resolve("shared").toUri().toString();
    Plan first = plan("sg.first", given);
    Plan second = plan("sg.second", given);
    Path left = Files.createDirectories(dir.resolve("shared/sg.first/job/chk-1"));
    Files.writeString(left.resolve("_metadata"), "not even read");
    assertEquals(
        Optional.empty(), Checkpoints.begin(second, Optional.empty(), job -> Optional.empty()));
    assertEquals(
        Settings.checkpoints(first), Settings.ofJob(first).get("execution.checkpointing.dir"));
    assertEquals("s3://b/c/sg.first", Settings.checkpoints(plan("sg.first", "s3://b/c/")));
  }

  /** The sheet is in run.json, which people send to each other. */
  @Test
  void theSheetKeepsSecrets() {
    String name = "security.ssl.rest.truststore-password";
    String json = plan("sg.secret", "hush").json().replace("execution.checkpointing.dir", name);
    Plan plan = Plan.parse(json);
    assertEquals("hush", Settings.ofJob(plan).get(name));
    assertEquals("******", Settings.shown(plan).get(name));
  }

  @Test
  void checkpointsAreExactUnderBothGuarantees() {
    String mode = "\"execution.checkpointing.mode\": \"at_least_once\", ";
    String before = "\"execution.checkpointing.dir\"";
    String json = plan("sg.own", "file:///c").json().replace(before, mode + before);
    Plan plan = Plan.parse(json);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new Options(plan));
    assertTrue(e.getMessage().contains("want EXACTLY_ONCE, or leave it out"), e.getMessage());
  }
}
