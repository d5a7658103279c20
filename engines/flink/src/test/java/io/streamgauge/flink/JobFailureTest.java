package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.util.SerializedThrowable;
import org.junit.jupiter.api.Test;

class JobFailureTest {
  private static JobResult.Builder end(JobStatus status) {
    return new JobResult.Builder().jobId(new JobID()).jobName("j").jobStatus(status).netRuntime(0);
  }

  @Test
  void aFailedJobHasTheCauseBelowFlinksWords() {
    Exception cause = new IllegalStateException("no room");
    Exception flinks = new JobExecutionException(new JobID(), "Job execution failed.", cause);
    JobResult.Builder end = end(JobStatus.FAILED);
    end.serializedThrowable(new SerializedThrowable(flinks));
    JobFailure failure = JobFailure.of(end.build());
    assertEquals("the job failed", failure.getMessage());
    assertSame(IllegalStateException.class, failure.getCause().getClass());
    assertEquals("no room", failure.getCause().getMessage());
  }

  /** Flink gives it no cause: it is not to be taken for a job that goes on. */
  @Test
  void aCancelledJobIsOneTooAndSaysSo() {
    JobFailure failure = JobFailure.of(end(JobStatus.CANCELED).build());
    assertTrue(failure.getMessage().startsWith("the job has ended CANCELED"), failure.getMessage());
  }
}
