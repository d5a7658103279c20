package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.contract.Job;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Messages that are trees: what stands around the fields is laid out once. */
final class TreeForm implements Form {
  private final Notation notation;
  private final boolean millis;
  private final List<byte[]> texts = new ArrayList<>(); // before each field, and behind the last
  private final List<Integer> fields = new ArrayList<>();

  TreeForm(Job.Reading reading, Notation notation) {
    this.notation = notation;
    millis = reading.millis();
    texts.add(lay(new Sink(), Shape.of(reading)).toBytes());
  }

  /** Lays a map out behind what is not yet in the texts, and gives what is left over. */
  private Sink lay(Sink before, Map<String, Object> map) {
    Sink text = before;
    notation.open(text, map.size());
    int i = 0;
    for (Map.Entry<String, Object> m : map.entrySet()) {
      notation.name(text, i++, m.getKey().getBytes(StandardCharsets.UTF_8));
      if (m.getValue() instanceof Integer field) {
        texts.add(text.toBytes());
        fields.add(field);
        text = new Sink();
      } else {
        text = lay(text, Shape.inner(m.getValue()));
      }
    }
    notation.close(text);
    return text;
  }

  @Override
  public void write(Written message, Sink out) {
    for (int i = 0; i < fields.size(); i++) {
      out.put(texts.get(i));
      field(message, fields.get(i), out);
    }
    out.put(texts.get(fields.size()));
  }

  private void field(Written message, int field, Sink out) {
    int metric = field - Places.METRICS;
    if (field == Places.DEVICE) {
      notation.text(out, message.device);
    } else if (field == Places.TIME) {
      notation.time(out, message, millis);
    } else if (message.has(metric)) {
      notation.metric(out, message, metric);
    } else {
      notation.missing(out);
    }
  }
}
