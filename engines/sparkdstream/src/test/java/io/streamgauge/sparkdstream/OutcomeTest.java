package io.streamgauge.sparkdstream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.kafka010.OffsetRange;
import org.junit.jupiter.api.Test;

class OutcomeTest {
  private static final int STAGE = 7; // of no other test

  /** What ends a job. */
  private static final class Killed extends Exception {
    private static final long serialVersionUID = 1;
  }

  private static void cutWithoutRecords(Time batch) {
    OffsetRange[] none = {OffsetRange.create(new TopicPartition("t", 0), 3, 3)};
    Progress.here().cut(STAGE, batch, none);
  }

  /** As it lies in a checkpoint. */
  private static byte[] written(Outcome outcome) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(outcome);
    }
    return bytes.toByteArray();
  }

  /** A batch that is to write state would count as run after a crash in its midst, and be late. */
  @Test
  void aCheckpointDuringABatchHasItNotRunYet() throws Exception {
    Outcome outcome = new Outcome(STAGE, null, 1);
    Time passedOver = new Time(100);
    cutWithoutRecords(passedOver);
    outcome.of(passedOver, () -> fail("there is nothing to do"));
    byte[] before = written(outcome);
    Time due = new Time(200);
    cutWithoutRecords(due);
    assertThrows(
        Killed.class,
        () ->
            outcome.of(
                due,
                () -> {
                  assertArrayEquals(before, written(outcome));
                  throw new Killed();
                }));
  }
}
