package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.operator.CorruptRecordException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.streaming.StreamingQueryListener;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.sql.streaming.StreamingQueryProgress$;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static StreamingQueryProgress progress(long batch, String offsets) {
    return progress("q", batch, offsets);
  }

  private static StreamingQueryProgress progress(String query, long batch, String offsets) {
    return StreamingQueryProgress$.MODULE$.fromJson(
        """
        {"id": "b4c6dd6b-5d5b-4a5c-9d9a-0f6c8f7a6d11", "runId": "0b1c6b8e-6a5e-4b6c-8d1e-2f3a4b5c6d7e", "name": "%s",
         "timestamp": "2026-01-01T00:00:00.000Z", "batchId": %d, "batchDuration": 9, "numInputRows": 4,
         "inputRowsPerSecond": 1.0, "processedRowsPerSecond": 1.0, "durationMs": {"triggerExecution": 9},
         "stateOperators": [], "sources": [{"description": "KafkaV2[Subscribe[t]]", "startOffset": {"t": {"0": 0}},
         "endOffset": {"t": %s}, "latestOffset": {"t": {"0": 0}}, "numInputRows": 4, "inputRowsPerSecond": 1.0,
         "processedRowsPerSecond": 1.0}], "sink": {"description": "KafkaTable", "numOutputRows": -1}}
        """
            .formatted(query, batch, offsets));
  }

  @Test
  void aStageIsDoneOneBatchAfterTheEndsForItsWindows() {
    Map<TopicPartition, Long> ends =
        Map.of(new TopicPartition("t", 0), 5L, new TopicPartition("t", 1), 7L);
    Predicate<StreamingQueryProgress> done = Progress.beyond(ends);
    assertFalse(done.test(progress(3, "{\"0\": 5, \"1\": 6}")));
    assertFalse(done.test(progress(4, "{\"0\": 6, \"1\": 7}")));
    assertTrue(done.test(progress(5, "{\"0\": 6, \"1\": 7}")));
  }

  @Test
  void theWindowsOfAStageSayNothingOfHowFarItsAnswersHaveCome() {
    Progress progress = new Progress(null);
    progress.expect("q", 4, 1, new LongAccumulator());
    progress.expectWindows("q-windows", 4);
    Map<TopicPartition, Long> ends = Map.of(new TopicPartition("t", 0), 5L);
    CompletableFuture<Void> answers = progress.read("q", ends);
    CompletableFuture<Void> windows = progress.read("q-windows", ends);
    progress.onQueryProgress(
        new StreamingQueryListener.QueryProgressEvent(progress("q-windows", 3, "{\"0\": 5}")));
    assertTrue(windows.isDone());
    assertTrue(progress.read("q-windows", ends).isDone());
    assertFalse(answers.isDone());
    assertFalse(progress.read("q", ends).isDone());
  }

  @Test
  void whatATaskDiedOfIsFoundBelowWhatSparkSaysAboutIt() {
    CorruptRecordException corrupt = new CorruptRecordException("t", 1, 9, "not canonical");
    corrupt.initCause(new IllegalArgumentException("at byte 3"));
    Throwable said =
        new RuntimeException("[STREAM_FAILED] …", new RuntimeException("Job aborted …", corrupt));
    assertEquals(corrupt, StageQuery.failure(2, said).getCause());
    assertEquals("the query of stage 2 failed", StageQuery.failure(2, said).getMessage());
  }
}
