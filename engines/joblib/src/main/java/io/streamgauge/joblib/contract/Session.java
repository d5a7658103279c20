package io.streamgauge.joblib.contract;

import java.util.concurrent.CompletableFuture;

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

  public Plan plan() {
    return plan;
  }

  public Status status() {
    return status;
  }

  /**
   * Completes when the harness says drain: read the input topic to its end offsets as of then, each stage topic to its end,
   * write and commit everything, return from run. Never completes exceptionally.
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
}
