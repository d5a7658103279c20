package io.streamgauge.flink;

import org.apache.flink.api.common.JobStatus;
import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.util.SerializedThrowable;

/**
 * A job that has come to an end otherwise than it was told, with the cause that lies below Flink's
 * own words for it, if there is one: a job that was cancelled has none.
 */
final class JobFailure extends Exception {
  private static final long serialVersionUID = 1;

  private JobFailure(String what, Throwable cause) {
    super(what, cause);
  }

  /** What is to be said of a job that has ended so. */
  static JobFailure of(JobResult end) {
    SerializedThrowable failure = end.getSerializedThrowable().orElse(null);
    if (failure != null) {
      return new JobFailure(
          "the job failed", cause(failure.deserializeError(JobFailure.class.getClassLoader())));
    }
    String state = end.getJobStatus().map(JobStatus::name).orElse("in a state unknown");
    return new JobFailure(
        "the job has ended "
            + state
            + " without being told to: somebody has cancelled it, or its cluster has not heard of"
            + " this process for too long",
        null);
  }

  private static Throwable cause(Throwable t) {
    Throwable c = t;
    while (c.getCause() != null
        && (c instanceof JobException || c instanceof JobExecutionException)) {
      c = c.getCause();
    }
    return c;
  }
}
