package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.SimpleCounter;
import org.junit.jupiter.api.Test;

class StatusReporterTest {
  private final StatusReporter reporter = new StatusReporter();

  private Counter task() {
    Counter failed = new SimpleCounter();
    reporter.notifyOfAddedMetric(failed, "failedCommittables", null);
    return failed;
  }

  private double failed() {
    return reporter.together().get(StatusReporter.Said.UNCOMMITTED);
  }

  /** Tasks commit a last time when they are stopped, and are gone before anybody looks. */
  @Test
  void whatTasksCouldNotCommitStaysWhenTheyEnd() {
    Counter first = task();
    Counter second = task();
    first.inc();
    second.inc(2);
    assertEquals(3, failed());
    first.inc();
    reporter.notifyOfRemovedMetric(first, "failedCommittables", null);
    assertEquals(4, failed());
    second.inc();
    reporter.notifyOfRemovedMetric(second, "failedCommittables", null);
    assertEquals(5, failed());
  }

  @Test
  void othersAreNotCounted() {
    Counter other = new SimpleCounter();
    other.inc();
    reporter.notifyOfAddedMetric(other, "numRecordsIn", null);
    reporter.notifyOfRemovedMetric(other, "numRecordsIn", null);
    assertEquals(0, failed());
  }
}
