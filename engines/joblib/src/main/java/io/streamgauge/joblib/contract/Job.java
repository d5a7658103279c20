package io.streamgauge.joblib.contract;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A dataflow as data: stages of operators with a Kafka topic between two stages. Numbers are
 * millionths, durations ms. It was validated before it came here.
 */
public record Job(String name, Reading reading, long latenessMillis, List<Stage> stages) {
  /**
   * Where in a message the device, the time and the metrics stand. A job without decode has no
   * reading.
   *
   * @param millis the time is in ms; otherwise in s
   */
  public record Reading(
      List<String> device, List<String> time, boolean millis, Map<String, Metric> metrics) {
    /** With the time in s. */
    public Reading(List<String> device, List<String> time, Map<String, Metric> metrics) {
      this(device, time, false, metrics);
    }
  }

  /**
   * One measured quantity.
   *
   * @param path field names from the outside in
   * @param range lowest and highest, both allowed; empty: any
   */
  public record Metric(List<String> path, long[] range) {}

  /** A chain of operators; one Kafka hop follows each stage. */
  public record Stage(String name, List<Operator> operators) {}

  /**
   * One step of a stage.
   *
   * @param settings the record below that has its name
   */
  public record Operator(String name, Object settings) {}

  /** Turns the value into a reading. */
  public record Decode(String encoding) {}

  /** Refuses readings without a required metric, outside a range, or of an unknown device. */
  public record Validate(List<String> required, boolean knownDevice) {}

  /** Drops repeated sequences of a device within {@code span}. */
  public record Dedupe(int span) {}

  /** Adds fields of the device registry. */
  public record Enrich(List<String> fields) {}

  /** Replaces a metric by gain × metric + offset. */
  public record Calibrate(String metric) {}

  /** Keeps readings whose metric lies within bounds; null where there is none. */
  public record Filter(String metric, Long min, Long max) {}

  /** Tells when a metric crosses a threshold; the alarm ends {@code clear} below it. */
  public record Detect(int node, String metric, Operand above, long clear, List<String> emit) {}

  /** The field of a reading, or a number where {@code field} is null. */
  public record Operand(String field, long value) {}

  /** Aggregates a metric by device over event time, in windows [start, start + size). */
  public record Window(int node, long size, long step, String metric, List<String> emit) {}

  /** Sums up a metric by device over all events so far. */
  public record Aggregate(int node, String metric) {}

  /** Writes the reading in a form. */
  public record Encode(String as) {}

  /** Sums messages up, as they come: whole, in the store, or in chunks. */
  public record Scan() {}

  /** Puts the chunks of a message together. */
  public record Reassemble() {}

  static Job of(JsonNode n) {
    List<Stage> stages = new ArrayList<>();
    for (JsonNode s : n.path("stages")) {
      List<Operator> operators = new ArrayList<>();
      for (JsonNode o : s.path("do")) {
        String name = o.fieldNames().next();
        operators.add(new Operator(name, settings(name, o.get(name))));
      }
      stages.add(new Stage(s.path("name").asText(), operators));
    }
    return new Job(
        n.path("name").asText(),
        reading(n.path("reading")),
        n.path("event_time").path("lateness_ms").asLong(),
        stages);
  }

  private static Reading reading(JsonNode n) {
    Map<String, Metric> metrics = new LinkedHashMap<>();
    n.path("metrics").fields().forEachRemaining(f -> metrics.put(f.getKey(), metric(f.getValue())));
    JsonNode time = n.path("time");
    return new Reading(
        path(n.path("device").asText()),
        path(time.path("path").asText()),
        time.path("unit").asText().equals("ms"),
        metrics);
  }

  private static Metric metric(JsonNode n) {
    long[] range = new long[n.path("range").size()];
    for (int i = 0; i < range.length; i++) {
      range[i] = n.path("range").get(i).asLong();
    }
    return new Metric(path(n.path("path").asText()), range);
  }

  private static List<String> path(String dotted) {
    return List.of(dotted.split("\\.", -1));
  }

  private static Object settings(String name, JsonNode n) {
    return switch (name) {
      case "decode" -> new Decode(encoding(n.path("encoding").asText()));
      case "validate" ->
          new Validate(Plan.texts(n.path("required")), n.path("known_device").asBoolean());
      case "dedupe" -> new Dedupe(n.path("span").asInt());
      case "enrich" -> new Enrich(Plan.texts(n.path("fields")));
      case "calibrate" -> new Calibrate(n.path("metric").asText());
      case "filter" ->
          new Filter(n.path("metric").asText(), bound(n.path("min")), bound(n.path("max")));
      case "detect" ->
          new Detect(
              n.path("node").asInt(),
              n.path("metric").asText(),
              operand(n.path("above")),
              n.path("clear").asLong(),
              Plan.texts(n.path("emit")));
      case "window" -> window(n);
      case "aggregate" -> new Aggregate(n.path("node").asInt(), n.path("metric").asText());
      case "encode" -> new Encode(n.path("as").asText());
      case "scan" -> new Scan();
      case "reassemble" -> new Reassemble();
      default -> n;
    };
  }

  private static String encoding(String name) {
    return name.isEmpty() ? "json" : name;
  }

  private static Window window(JsonNode n) {
    long tumbling = n.path("tumbling_ms").asLong();
    return new Window(
        n.path("node").asInt(),
        tumbling + n.path("hopping_ms").asLong(),
        tumbling + n.path("every_ms").asLong(),
        n.path("metric").asText(),
        Plan.texts(n.path("emit")));
  }

  private static Long bound(JsonNode n) {
    return n.isNumber() ? n.asLong() : null;
  }

  private static Operand operand(JsonNode n) {
    return n.isTextual() ? new Operand(n.asText(), 0) : new Operand(null, n.asLong());
  }

  /** Whether it is a job of large messages: every stage scans, or the first one reassembles. */
  public boolean payloads() {
    return stages.stream()
        .flatMap(s -> s.operators().stream())
        .anyMatch(o -> o.settings() instanceof Scan);
  }

  /** The fields a reading can have up to the end of a stage (from 0). */
  public List<String> fieldsUpTo(int stage) {
    List<String> names = new ArrayList<>();
    for (Stage s : stages.subList(0, stage + 1)) {
      for (Operator o : s.operators()) {
        if (o.settings() instanceof Decode) {
          names.addAll(reading.metrics().keySet());
        } else if (o.settings() instanceof Enrich e) {
          names.addAll(e.fields());
        }
      }
    }
    return names;
  }
}
