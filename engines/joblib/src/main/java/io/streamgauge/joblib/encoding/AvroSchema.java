package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.contract.Job;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
    StringBuilder s = new StringBuilder();
    record(s, "streamgauge.Reading", Shape.of(reading));
    text = s.toString();
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
        record(s, name + "." + m.getKey(), Shape.inner(m.getValue()));
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
