package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.contract.Job;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** SenML: one pack a message, whose first record has base name and base time. */
final class SenmlForms {
  private static final byte[] ALIVE =
      "alive".getBytes(StandardCharsets.US_ASCII); // where there is no metric
  private static final int TRUE = 0xf5; // in CBOR
  // Labels in CBOR (RFC 8428, table 4).
  private static final int BASE_NAME = -2;
  private static final int BASE_TIME = -3;
  private static final int NAME = 0;
  private static final int VALUE = 2;
  private static final int BOOLEAN = 4;

  private SenmlForms() {}

  /** The whole paths of the metrics, in ascending order of their names. */
  static List<byte[]> names(Job.Reading reading) {
    List<List<String>> paths = Places.paths(reading);
    return paths.subList(Places.METRICS, paths.size()).stream()
        .map(path -> String.join(".", path).getBytes(StandardCharsets.UTF_8))
        .toList();
  }

  static Form json(Job.Reading reading) {
    List<byte[]> names = names(reading);
    return (message, out) -> {
      out.ascii("[{\"bn\":\"");
      JsonNotation.characters(out, message.device);
      out.ascii("/\",\"bt\":").time(message.time, false);
      String before = ",";
      for (int i = 0; i < names.size(); i++) {
        if (message.has(i)) {
          out.ascii(before + "\"n\":");
          JsonNotation.string(out, names.get(i));
          out.ascii(",\"v\":").decimal(message.micros(i), Sink.METRIC_PLACES);
          before = "},{";
        }
      }
      out.ascii(message.count() == 0 ? ",\"n\":\"alive\",\"vb\":true}]" : "}]");
    };
  }

  static Form cbor(Job.Reading reading) {
    List<byte[]> names = names(reading);
    CborNotation cbor = new CborNotation();
    return (message, out) -> {
      CborNotation.list(out, Math.max(1, message.count()));
      CborNotation.map(out, 4);
      cbor.integer(out, BASE_NAME);
      CborNotation.textOf(out, message.device.length + 1);
      out.put(message.device).put('/');
      cbor.integer(out, BASE_TIME);
      cbor.number(out, message.seconds());
      boolean first = true;
      for (int i = 0; i < names.size(); i++) {
        if (message.has(i)) {
          if (!first) {
            CborNotation.map(out, 2);
          }
          first = false;
          cbor.integer(out, NAME);
          cbor.text(out, names.get(i));
          cbor.integer(out, VALUE);
          cbor.number(out, message.number(i));
        }
      }
      if (first) {
        cbor.integer(out, NAME);
        cbor.text(out, ALIVE);
        cbor.integer(out, BOOLEAN);
        out.put(TRUE);
      }
    };
  }
}
