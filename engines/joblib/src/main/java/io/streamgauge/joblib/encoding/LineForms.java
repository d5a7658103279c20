package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.contract.Job;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Messages that are one line of text. */
final class LineForms {
  private LineForms() {}

  /** Cells of CSV: device, time, and each metric or nothing. */
  static Form csv(Job.Reading reading) {
    boolean millis = reading.millis();
    return (message, out) -> {
      cell(out, message.device);
      out.put(',').time(message.time, millis);
      for (int i = 0; i < message.metrics(); i++) {
        out.put(',');
        if (message.has(i)) {
          out.decimal(message.micros(i), Sink.METRIC_PLACES);
        }
      }
      out.put('\n');
    };
  }

  private static void cell(Sink out, byte[] text) {
    boolean plain = true;
    for (byte b : text) {
      plain = plain && ",\"\r\n".indexOf(b) < 0;
    }
    if (plain) {
      out.put(text);
      return;
    }
    out.put('"');
    for (byte b : text) {
      if (b == '"') {
        out.put('"');
      }
      out.put(b);
    }
    out.put('"');
  }

  /** InfluxDB's line protocol: the device is a tag, each metric a field. */
  static Form lineProtocol(Job.Reading reading) {
    Sink start = new Sink().ascii("reading,");
    byte[] tag = String.join(".", reading.device()).getBytes(StandardCharsets.UTF_8);
    byte[] head = name(start, tag).put('=').toBytes();
    List<byte[]> names =
        SenmlForms.names(reading).stream()
            .map(n -> name(new Sink(), n).put('=').toBytes())
            .toList();
    return (message, out) -> {
      name(out.put(head), message.device);
      char before = ' ';
      for (int i = 0; i < names.size(); i++) {
        if (message.has(i)) {
          out.put(before).put(names.get(i)).decimal(message.micros(i), Sink.METRIC_PLACES);
          before = ',';
        }
      }
      if (message.count() == 0) {
        out.ascii(" alive=true");
      }
      out.put(' ').decimal(message.time, 0).ascii(message.time == 0 ? "\n" : "000000\n"); // ns
    };
  }

  private static Sink name(Sink out, byte[] text) {
    for (byte b : text) {
      if (b == ',' || b == '=' || b == ' ') {
        out.put('\\');
      }
      out.put(b);
    }
    return out;
  }
}
