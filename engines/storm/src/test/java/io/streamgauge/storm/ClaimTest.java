package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimTest {
  @TempDir private Path dir;

  /** Claims the state that its argument names and holds it until its input ends. */
  static final class Other {
    private Other() {}

    public static void main(String[] args) throws IOException {
      Claim.take(Path.of(args[0]), 1);
      System.out.println("claimed");
      System.out.flush();
      System.in.read();
    }
  }

  private Process other(Path state) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Other.class.getName(),
            state.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  void aStateIsAnothersUntilThatProcessIsKilled() throws Exception {
    Path state = dir.resolve("x.journal");
    Process other = other(state);
    assertEquals('c', other.getInputStream().read());
    assertThrows(IOException.class, () -> Claim.take(state, 1));
    other.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
    Claim.take(state, 60_000);
  }

  @Test
  void oneProcessMayClaimAStateTwice() throws IOException {
    Claim.take(dir.resolve("y.journal"), 1);
    Claim.take(dir.resolve("y.journal"), 1);
  }

  @Test
  void tasksThatClaimAStateAtOnceKeepItTogether() throws Exception {
    Path state = dir.resolve("z.journal");
    Process old = other(state);
    assertEquals('c', old.getInputStream().read());
    CompletableFuture<Void> one = CompletableFuture.runAsync(() -> take(state));
    CompletableFuture<Void> two = CompletableFuture.runAsync(() -> take(state));
    old.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
    one.join();
    two.join();
    System.gc(); // closes a channel that is not held, and so gives the lock away
    assertEquals(-1, other(state).getInputStream().read(), "another process has claimed it too");
  }

  private static void take(Path state) {
    try {
      Claim.take(state, 60_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
