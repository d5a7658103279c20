package io.streamgauge.joblib.contract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamgauge.joblib.encoding.Encoders;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Says the status lines of the contract on standard output. Safe for concurrent use. */
public final class Status {
  /** Longer lines count as log. */
  static final int MAX_LINE = 64 << 10;

  private static final int MAX_TEXT = 4000; // of a fault: six bytes a character fit a line
  private static final int MAX_CAUSES = 20;
  private static final int MAX_SETTING = 1000;

  /**
   * Names of settings that are no matter of fairness: how Kafka is reached, and what may be secret.
   * The hello line is kept with the results.
   */
  private static final Pattern UNSAID =
      Pattern.compile(
          "(^|\\.)(bootstrap\\.servers$|security\\.|sasl\\.|ssl\\.)"
              + "|pass(word|wd|phrase)|secret|token|credential|jaas|user[-_.]?info"
              + "|(api|private|access)[-_.]?key",
          Pattern.CASE_INSENSITIVE);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final PrintStream out;

  Status(PrintStream out) {
    this.out = out;
  }

  /** The engine takes input: registry and positions are read. */
  public void ready() {
    say("ready", Map.of());
  }

  /**
   * An advisory figure of the engine about itself, at most one a second. One that is no number is
   * not said.
   */
  public void metric(String name, double value, String unit) {
    if (!Double.isFinite(value)) {
      return;
    }
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
    Throwable c = t;
    for (int i = 0; c != null && i < MAX_CAUSES; i++, c = c.getCause()) {
      String name = c.getClass().getName();
      String one =
          name.substring(name.lastIndexOf('.') + 1)
              + (c.getMessage() == null ? "" : ": " + c.getMessage());
      if (!last.contains(one)) {
        text.append(text.length() == 0 ? "" : "; ").append(one);
      }
      last = one;
    }
    return cut(text.toString(), MAX_TEXT);
  }

  private static String cut(String text, int length) {
    return text.length() > length ? text.substring(0, length) + "…" : text;
  }

  void hello(Hello h, Map<String, Object> settings) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("contract", new int[] {Plan.CONTRACT});
    line.put("engine", h.engine());
    line.put("version", h.version());
    line.put("guarantees", h.guarantees());
    line.put("operators", h.operators());
    line.put("forms", Encoders.FORMS);
    line.put("settings", shown(settings));
    say("hello", line);
  }

  /**
   * Settings as a line can hold them, but for {@link #UNSAID}: numbers and truth values as they
   * are, all others as text.
   */
  private static Map<String, Object> shown(Map<String, Object> settings) {
    Map<String, Object> shown = new LinkedHashMap<>();
    settings.forEach(
        (name, v) -> {
          if (!UNSAID.matcher(name).find()) {
            shown.put(name, plain(v) ? v : cut(String.valueOf(v), MAX_SETTING));
          }
        });
    return shown;
  }

  private static boolean plain(Object v) {
    return v instanceof Boolean || v instanceof Number n && Double.isFinite(n.doubleValue());
  }

  void stopped(boolean clean) {
    say("stopped", Map.of("clean", clean));
  }

  private void say(String type, Map<String, ?> fields) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("type", type);
    line.putAll(fields);
    byte[] b = bytes(line);
    if (b.length > MAX_LINE && line.containsKey("settings")) {
      line.put("settings", Map.of("left_out", "all, being longer than a status line may be"));
      b = bytes(line);
    }
    synchronized (this) {
      out.write(b, 0, b.length);
      out.flush();
    }
  }

  private static byte[] bytes(Map<String, Object> line) {
    try {
      return (JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("BUG: a status line that is no JSON", e);
    }
  }
}
