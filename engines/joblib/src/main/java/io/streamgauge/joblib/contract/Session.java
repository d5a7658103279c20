package io.streamgauge.joblib.contract;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** What a running engine works with. */
public final class Session {
  private final Plan plan;
  private final Status status;
  private final CompletableFuture<Void> draining = new CompletableFuture<>();
  private final CompletableFuture<Void> stopping = new CompletableFuture<>();

  Session(Plan plan, Status status) {
    this.plan = plan;
    this.status = status;
  }

  /** What is to be done. */
  public Plan plan() {
    return plan;
  }

  /** Where status lines are said. */
  public Status status() {
    return status;
  }

  /**
   * Completes when the harness says drain: read the input topic to its end offsets as of then, each
   * stage topic to its end, write and commit everything, return from run. Never completes
   * exceptionally.
   */
  public CompletableFuture<Void> draining() {
    return draining;
  }

  /** Completes when the engine is to stop in order: standard input ended. */
  public CompletableFuture<Void> stopping() {
    return stopping;
  }

  /** Waits until the engine is to drain or to stop. Gives true for drain. */
  public boolean awaitEnd() {
    CompletableFuture.anyOf(draining, stopping).join();
    return !stopping.isDone();
  }

  /**
   * Waits until the engine is to drain or to stop, or its work fails. Gives true for drain.
   *
   * @param work completes exceptionally when the engine's work breaks; completing in another way is
   *     ignored
   * @throws Exception what it was completed with
   */
  public boolean awaitEnd(CompletableFuture<?> work) throws Exception {
    CompletableFuture<Void> failure = new CompletableFuture<>();
    work.whenComplete(
        (ok, broken) -> {
          if (broken != null) {
            failure.completeExceptionally(broken);
          }
        });
    try {
      CompletableFuture.anyOf(draining, stopping, failure).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
    return !stopping.isDone();
  }
}
