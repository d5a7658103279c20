package io.streamgauge.flink;

import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.client.JobExecutionException;

/** A job that Flink has ended, with the cause that lies below Flink's own words for it. */
final class JobFailure extends Exception {
  private static final long serialVersionUID = 1;

  JobFailure(Throwable t) {
    super("the job failed", cause(t));
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
