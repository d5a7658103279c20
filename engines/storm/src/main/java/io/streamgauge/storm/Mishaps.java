package io.streamgauge.storm;

import org.apache.storm.task.IErrorReporter;

/**
 * What ends the engine when it happens in a task. An exception that leaves a bolt ends its worker,
 * and with it, in one process, the adapter before it can say why. So a task reports the error to
 * nimbus, where the adapter finds it, and takes no more tuples; those under way stay
 * unacknowledged.
 */
final class Mishaps {
  private final IErrorReporter reporter;
  private volatile boolean any;

  Mishaps(IErrorReporter reporter) {
    this.reporter = reporter;
  }

  /** Reports an error, from any thread. Only the first of a task is told: others follow from it. */
  synchronized void report(Throwable t) {
    if (!any) {
      any = true;
      reporter.reportError(t);
    }
  }

  /** Whether there was one. */
  boolean any() {
    return any;
  }
}
