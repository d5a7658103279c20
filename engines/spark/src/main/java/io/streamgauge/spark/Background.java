package io.streamgauge.spark;

import java.util.concurrent.CompletableFuture;

/** Work that somebody may stop waiting for. */
public final class Background {
  private Background() {}

  /** What is done. */
  public interface Work {
    /** Does it. */
    void run() throws Exception;
  }

  /** Does it on a thread that does not keep the process alive. */
  public static CompletableFuture<Void> run(String name, Work work) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread t =
        new Thread(
            () -> {
              try {
                work.run();
                done.complete(null);
              } catch (Exception | Error e) {
                done.completeExceptionally(e);
              }
            },
            name);
    t.setDaemon(true);
    t.start();
    return done;
  }
}
