package io.streamgauge.storm;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a state to one process. On a cluster a worker may live on for seconds after its topology
 * was killed or given to another, and would write beside the next. The claim ends with the process,
 * however that ends.
 */
public final class Claim {
  private static final long LOOK_MILLIS = 100;

  /**
   * By file, the only channel to it: one that nobody holds is closed, and with any of them a lock
   * is gone that another of the same process has.
   */
  private static final Map<Path, FileChannel> HELD = new HashMap<>();

  private Claim() {}

  /**
   * Claims the state that a file holds, waiting for another process to end. Tasks of this one wait
   * for each other.
   *
   * @throws IOException where it does not
   */
  public static synchronized void take(Path state, long millis) throws IOException {
    Path file = state.toAbsolutePath().resolveSibling(state.getFileName() + ".lock");
    if (HELD.containsKey(file)) {
      return;
    }
    Files.createDirectories(file.getParent());
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      lock(channel, state, millis);
    } catch (IOException | RuntimeException e) {
      channel.close(); // left to the collector it would take the lock of the next one along
      throw e;
    }
    HELD.put(file, channel);
  }

  private static void lock(FileChannel channel, Path state, long millis) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (channel.tryLock() == null) {
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "another process has the state " + state + " open: is an old worker running?");
      }
      pause();
    }
  }

  private static void pause() throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for a state", e);
    }
  }
}
