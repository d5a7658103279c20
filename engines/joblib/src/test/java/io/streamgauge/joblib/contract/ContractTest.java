package io.streamgauge.joblib.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamgauge.joblib.encoding.Encoders;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Engines under the contract, with the pipes that a harness would hold. */
@Timeout(30)
class ContractTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final PrintStream ERR = System.err;

  @TempDir Path dir;
  private PipedOutputStream control;
  private BufferedReader lines;
  private CompletableFuture<Integer> exit;

  /** An engine whose work is given. */
  private record Engine(Work work) implements Adapter {
    interface Work {
      void run(Session s) throws Exception;
    }

    @Override
    public Hello hello() {
      return new Hello("test", "1.2", List.of("at-least-once"), Map.of("window", "native"));
    }

    @Override
    public Map<String, Object> settings(Plan plan) {
      return Map.of("parallelism", plan.parallelism());
    }

    @Override
    public void run(Session s) throws Exception {
      work.run(s);
    }
  }

  @BeforeEach
  void pipes() {
    control = new PipedOutputStream();
    System.setErr(
        new PrintStream(
            OutputStream.nullOutputStream())); // the log of engines that break on purpose
  }

  @AfterEach
  void restore() {
    System.setErr(ERR);
  }

  private void start(Adapter adapter) throws Exception {
    Path plan = Files.writeString(dir.resolve("plan.json"), Plans.json("at-least-once"));
    PipedOutputStream out = new PipedOutputStream();
    lines =
        new BufferedReader(
            new InputStreamReader(new PipedInputStream(out, 1 << 20), StandardCharsets.UTF_8));
    PipedInputStream in = new PipedInputStream(control);
    exit =
        CompletableFuture.supplyAsync(
            () -> {
              try (PrintStream print = new PrintStream(out, false, StandardCharsets.UTF_8)) {
                return Contract.run(
                    new String[] {"--plan", plan.toString()}, adapter, new Status(print), in);
              }
            });
  }

  private void say(String line) throws Exception {
    control.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    control.flush();
  }

  /** The next status line but one of garbage collection, which comes whenever it likes. */
  private JsonNode hear(String type) throws Exception {
    JsonNode line = JSON.readTree(lines.readLine());
    while (line.path("name").asText().equals("garbage_collection")) {
      line = JSON.readTree(lines.readLine());
    }
    assertEquals(type, line.get("type").asText(), line.toString());
    return line;
  }

  private void end(boolean clean, int code) throws Exception {
    assertEquals(clean, hear("stopped").get("clean").asBoolean());
    assertEquals(code, exit.get());
    assertEquals(null, lines.readLine());
  }

  @Test
  void drains() throws Exception {
    start(
        new Engine(
            s -> {
              s.status().ready();
              if (!s.awaitEnd()) {
                throw new IllegalStateException("told to stop");
              }
            }));
    JsonNode hello = hear("hello");
    assertEquals(
        "{\"type\":\"hello\",\"contract\":[1],\"engine\":\"test\",\"version\":\"1.2\",\"guarantees\":[\"at-least-once\"],"
            + "\"operators\":{\"window\":\"native\"},\"forms\":[\""
            + String.join("\",\"", Encoders.FORMS)
            + "\"],\"settings\":{\"parallelism\":1}}",
        hello.toString());
    hear("ready");
    say("not a line of the contract");
    say("{\"type\":\"greeting\"}");
    say("[1]");
    say("");
    say("{\"type\":\"drain\"}");
    end(true, 0);
  }

  @Test
  void stopsAtTheEndOfItsInput() throws Exception {
    start(
        new Engine(
            s -> {
              s.status().ready();
              assertFalse(s.awaitEnd());
            }));
    hear("hello");
    hear("ready");
    control.close();
    end(false, 0);
  }

  @Test
  void whatBreaksOnTheWayOutIsNoFault() throws Exception {
    start(
        new Engine(
            s -> {
              s.awaitEnd();
              throw new InterruptedException();
            }));
    hear("hello");
    control.close();
    end(false, 0);
  }

  @Test
  void saysAFaultWithItsCauses() throws Exception {
    start(
        new Engine(
            s -> {
              throw new IllegalStateException("outer", new IOException("inner"));
            }));
    hear("hello");
    JsonNode fault = hear("fault");
    assertEquals("IllegalStateException: outer; IOException: inner", fault.get("text").asText());
    assertTrue(fault.get("fatal").asBoolean());
    end(false, 4);
  }

  @Test
  void errorsThatAreNoExceptionsEndItToo() throws Exception {
    start(
        new Engine(
            s -> {
              throw new StackOverflowError();
            }));
    hear("hello");
    assertEquals("StackOverflowError", hear("fault").get("text").asText());
    end(false, 4);
  }

  @Test
  void settingsThatFailAreAFault() throws Exception {
    start(
        new Adapter() {
          @Override
          public Hello hello() {
            return new Hello("test", "1", List.of(), Map.of());
          }

          @Override
          public Map<String, Object> settings(Plan plan) {
            throw new IllegalArgumentException("unknown option \"x\"");
          }

          @Override
          public void run(Session session) {}
        });
    assertEquals(
        "IllegalArgumentException: unknown option \"x\"", hear("fault").get("text").asText());
    end(false, 4);
  }

  @Test
  void anEndThatNobodyAskedForIsAFault() throws Exception {
    start(new Engine(s -> s.status().ready()));
    hear("hello");
    hear("ready");
    hear("fault");
    end(false, 4);
  }

  @Test
  void workThatBreaksEndsTheWait() throws Exception {
    CompletableFuture<Void> work = new CompletableFuture<>();
    start(
        new Engine(
            s -> {
              s.status().ready();
              s.awaitEnd(work);
            }));
    hear("hello");
    hear("ready");
    work.completeExceptionally(new IOException("the query died"));
    assertEquals("IOException: the query died", hear("fault").get("text").asText());
    end(false, 4);
  }

  @Test
  void workThatEndsWellDoesNotEndTheWait() throws Exception {
    start(new Engine(s -> assertTrue(s.awaitEnd(CompletableFuture.completedFuture(1)))));
    hear("hello");
    say("{\"type\":\"drain\"}");
    end(true, 0);
  }

  @Test
  void everyEngineSaysHowLongItCollectsGarbage() throws Exception {
    start(
        new Engine(
            s -> {
              System.gc();
              s.awaitEnd();
            }));
    hear("hello");
    say("{\"type\":\"drain\"}");
    JsonNode line = JSON.readTree(lines.readLine());
    assertEquals(
        "garbage_collection ms", line.get("name").asText() + " " + line.get("unit").asText());
    assertTrue(line.get("value").asDouble() > 0);
    end(true, 0);
  }

  @Test
  void saysTheLastFiguresBeforeItStops() throws Exception {
    start(
        new Engine(
            s -> {
              s.awaitEnd();
              Figures.add("test_rows", 5, "rows");
              Figures.set("test_state", 1.5, "bytes");
            }));
    hear("hello");
    say("{\"type\":\"drain\"}");
    assertEquals(
        "{\"type\":\"metric\",\"name\":\"test_rows\",\"value\":5.0,\"unit\":\"rows\"}",
        hear("metric").toString());
    assertEquals(1.5, hear("metric").get("value").asDouble());
    end(true, 0);
  }

  @Test
  void refusesPlansItCannotRead() throws Exception {
    Status silent = new Status(new PrintStream(OutputStream.nullOutputStream()));
    Adapter never = new Engine(s -> {});
    assertEquals(2, Contract.run(new String[] {}, never, silent, InputStream.nullInputStream()));
    String[] args = {"--plan", dir.resolve("none.json").toString()};
    assertEquals(2, Contract.run(args, never, silent, InputStream.nullInputStream()));
    for (String bad :
        List.of(
            "",
            "{",
            "{}",
            "{\"contract\":2}",
            Plans.json("at-most-once"),
            Plans.json("at-least-once").replace("[\"mid\"]", "[]"),
            Plans.json("at-least-once").replace("\"partitions\": 2", "\"partitions\": 0"),
            Plans.json("at-least-once").replace("[\"job\", ", "[\"telepathy\", "))) {
      args[1] = Files.writeString(dir.resolve("bad.json"), bad).toString();
      assertEquals(2, Contract.run(args, never, silent, InputStream.nullInputStream()), bad);
    }
  }
}
