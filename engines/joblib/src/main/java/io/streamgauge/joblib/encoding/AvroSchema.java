package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.contract.Job;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The Avro schema of a job's reading, in its parsing canonical form. */
final class AvroSchema {
  private static final long EMPTY = 0xc15d213aa4d7a795L;

  /** The fields in the order of the schema. */
  final List<Integer> order = new ArrayList<>();

  final String text;

  private final boolean millis;

  AvroSchema(Job.Reading reading) {
    millis = reading.millis();
    Map<String, Object> root = new LinkedHashMap<>();
    List<List<String>> paths = Places.paths(reading);
    for (int i = 0; i < paths.size(); i++) {
      add(root, paths.get(i), i);
    }
    StringBuilder s = new StringBuilder();
    record(s, "streamgauge.Reading", root);
    text = s.toString();
  }

  /** A map's member is a map, or the number of a field. */
  private static void add(Map<String, Object> map, List<String> path, int field) {
    String step = path.get(0);
    Object there = map.get(step);
    if (path.size() == 1 ? there != null : there instanceof Integer) {
      throw new IllegalArgumentException("two fields at one place of a message: " + path);
    }
    if (path.size() == 1) {
      map.put(step, field);
      return;
    }
    if (there == null) {
      map.put(step, new LinkedHashMap<String, Object>());
    }
    add(inner(map.get(step)), path.subList(1, path.size()), field);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> inner(Object map) {
    return (Map<String, Object>) map;
  }

  private void record(StringBuilder s, String name, Map<String, Object> members) {
    s.append("{\"name\":\"").append(name).append("\",\"type\":\"record\",\"fields\":[");
    String comma = "";
    for (Map.Entry<String, Object> m : members.entrySet()) {
      s.append(comma).append("{\"name\":\"").append(m.getKey()).append("\",\"type\":");
      comma = ",";
      if (m.getValue() instanceof Integer field) {
        order.add(field);
        s.append(type(field));
      } else {
        record(s, name + "." + m.getKey(), inner(m.getValue()));
      }
      s.append('}');
    }
    s.append("]}");
  }

  private String type(int field) {
    return switch (field) {
      case Places.DEVICE -> "\"string\"";
      case Places.TIME -> millis ? "\"long\"" : "\"double\"";
      default -> "[\"null\",\"double\"]";
    };
  }

  /** The CRC-64-AVRO of the schema. */
  long fingerprint() {
    long fp = EMPTY;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      fp ^= b & 0xff;
      for (int i = 0; i < Byte.SIZE; i++) {
        fp = fp >>> 1 ^ EMPTY & -(fp & 1);
      }
    }
    return fp;
  }
}
