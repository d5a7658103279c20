package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
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
}
