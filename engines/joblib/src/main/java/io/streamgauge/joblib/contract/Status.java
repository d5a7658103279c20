package io.streamgauge.joblib.contract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Says the status lines of the contract on standard output. Safe for concurrent use. */
public final class Status {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final PrintStream out;

  Status(PrintStream out) {
    this.out = out;
  }

  /** The engine takes input: registry and positions are read. */
  public void ready() {
    say("ready", Map.of());
  }

  /** An advisory figure of the engine about itself. */
  public void metric(String name, double value, String unit) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("name", name);
    line.put("value", value);
    line.put("unit", unit);
    say("metric", line);
  }

  /** A batch of a micro-batch engine has ended. Stages count from 0. */
  public void batch(long id, int stage, long records, Instant start, Instant end) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("id", id);
    line.put("stage", stage);
    line.put("records", records);
    line.put("start", start.toString());
    line.put("end", end.toString());
    say("batch", line);
  }

  /** Something went wrong; after a fatal fault the engine ends. */
  public void fault(Throwable t, boolean fatal) {
    say("fault", Map.of("text", describe(t), "fatal", fatal));
  }

  /** Names an error in one line: its causes from the outside in, each once. */
  static String describe(Throwable t) {
    StringBuilder text = new StringBuilder();
    String last = "";
    for (Throwable c = t; c != null && text.length() < 2000; c = c.getCause()) {
      String one = c.getClass().getSimpleName() + (c.getMessage() == null ? "" : ": " + c.getMessage());
      if (!last.contains(one)) {
        text.append(text.length() == 0 ? "" : "; ").append(one);
      }
      last = one;
    }
    return text.length() > 4000 ? text.substring(0, 4000) : text.toString();
  }

  void hello(Hello h, Map<String, Object> settings) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("contract", new int[] {Plan.CONTRACT});
    line.put("engine", h.engine());
    line.put("version", h.version());
    line.put("guarantees", h.guarantees());
    line.put("operators", h.operators());
    line.put("settings", settings);
    say("hello", line);
  }

  void stopped(boolean clean) {
    say("stopped", Map.of("clean", clean));
  }

  private void say(String type, Map<String, ?> fields) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("type", type);
    line.putAll(fields);
    try {
      byte[] b = (JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8);
      synchronized (this) {
        out.write(b, 0, b.length);
        out.flush();
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("BUG: a status line that is no JSON", e);
    }
  }
}
