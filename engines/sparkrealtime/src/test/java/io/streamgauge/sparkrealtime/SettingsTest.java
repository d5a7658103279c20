package io.streamgauge.sparkrealtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.streamgauge.joblib.contract.Plan;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static String buffer(Plan plan) {
    return Settings.spark(plan).get("spark.shuffle.streaming.networkBufferSize");
  }

  @Test
  void aBufferOfTheShuffleHasRoomForTheLargestRecord() {
    assertEquals("1052672", buffer(Plans.large("scan", 1_052_672)));
    assertEquals("32768", buffer(Plans.large("scan", 1000)), "no smaller than Spark's own");
  }

  @Test
  void twoBuffersOfEachReaderStayWithinWhatAWriterMayHaveUnderWay() {
    assertEquals(
        Integer.toString((32 << 20) / 2 / 2), buffer(Plans.large("reassemble", 110_000_000)));
  }

  @Test
  void otherJobsHaveSparksOwnBuffers() {
    assertNull(buffer(Plans.of("{\"dedupe\": {\"span\": 1024}}", "{}")));
  }
}
