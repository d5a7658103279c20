package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.json.Canonical;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;

/**
 * The fields a reading can have within a stage, as slots in ascending byte order of their names: the order in which
 * canonical JSON has them.
 */
final class Layout {
  private final String[] names;

  Layout(Collection<String> fields) {
    names = fields.stream().distinct().sorted().toArray(String[]::new); // names are ASCII: byte order
  }

  int size() {
    return names.length;
  }

  /** The slot of a field. A valid job names no other. */
  int slot(String name) {
    int i = Arrays.binarySearch(names, name);
    if (i < 0) {
      throw new IllegalArgumentException("the reading has no field \"" + name + "\"");
    }
    return i;
  }

  /** Reads the canonical JSON of a stage record into the slots. */
  void parse(byte[] value, long[] values, boolean[] present) {
    Arrays.fill(present, false);
    Map<String, Long> fields = Canonical.parse(value);
    for (Map.Entry<String, Long> f : fields.entrySet()) {
      int i = slot(f.getKey());
      values[i] = f.getValue();
      present[i] = true;
    }
  }

  /** The canonical JSON of the slots that are present. */
  byte[] write(long[] values, boolean[] present) {
    Canonical.Writer w = new Canonical.Writer();
    for (int i = 0; i < names.length; i++) {
      if (present[i]) {
        w.field(names[i], values[i]);
      }
    }
    return w.end();
  }
}
