package io.streamgauge.sparkdstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.record.OutRecord;
import org.apache.spark.util.SizeEstimator;
import org.junit.jupiter.api.Test;

class AnswersTest {
  /** A batch of large messages would drive out the states that the next one begins with. */
  @Test
  void sparkWeighsThemWithoutTheirRecords() {
    byte[] megabyte = new byte[1 << 20];
    OutRecord r = new OutRecord(false, new byte[0], megabyte, 0, new String[0], new byte[0][]);
    Answers[] batch = {Answers.of(r), Answers.of(r, r)};
    assertEquals(2, batch[1].records().length);
    long weight = SizeEstimator.estimate(batch);
    assertTrue(weight < 1_000, "weighs " + weight + " bytes");
  }
}
