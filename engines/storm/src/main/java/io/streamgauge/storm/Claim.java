package io.streamgauge.storm;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a state to one process. On a cluster a worker may live on for seconds after its topology
 * was killed or given to another, and would write beside the next. The claim ends with the process,
 * however that ends.
 */
public final class Claim {
  private static final long LOOK_MILLIS = 100;

  /** By file; a channel that nobody holds is closed, and its lock gone. */
  private static final Map<Path, FileChannel> HELD = new ConcurrentHashMap<>();

  private Claim() {}

  /**
   * Claims the state that a file holds, waiting for another process to end.
   *
   * @throws IOException where it does not
   */
  public static void take(Path state, long millis) throws IOException {
    Path file = state.toAbsolutePath().resolveSibling(state.getFileName() + ".lock");
    if (HELD.containsKey(file)) {
      return;
    }
    Files.createDirectories(file.getParent());
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (!locked(channel)) {
      if (System.nanoTime() > deadline) {
        channel.close();
        throw new IOException(
            "another process has the state " + state + " open: is an old worker running?");
      }
      pause();
    }
    HELD.put(file, channel);
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return true; // by another task of this process, just now
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
