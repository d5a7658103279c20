package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.json.Canonical;
import io.streamgauge.joblib.json.CanonicalReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;

/**
 * The fields a reading can have within a stage, as slots in ascending byte order of their names:
 * the order in which canonical JSON has them.
 */
final class Layout {
  private static final long[] NO_VALUES = {};
  private static final boolean[] NONE_PRESENT = {};

  private final String[] names;
  private final byte[][] ascii;
  private final byte[][] quoted;

  Layout(Collection<String> fields) {
    names =
        fields.stream().distinct().sorted().toArray(String[]::new); // names are ASCII: byte order
    ascii = new byte[names.length][];
    quoted = new byte[names.length][];
    for (int i = 0; i < names.length; i++) {
      ascii[i] = names[i].getBytes(StandardCharsets.US_ASCII);
      quoted[i] = Canonical.quoted(names[i]);
    }
  }

  /** Room for the values of one event. */
  long[] values() {
    return names.length == 0 ? NO_VALUES : new long[names.length];
  }

  /** Room for which fields one event has: none so far. */
  boolean[] present() {
    return names.length == 0 ? NONE_PRESENT : new boolean[names.length];
  }

  /** The slot of a field. A valid job names no other. */
  int slot(String name) {
    int i = Arrays.binarySearch(names, name);
    if (i < 0) {
      throw new IllegalArgumentException("the reading has no field \"" + name + "\"");
    }
    return i;
  }

  /**
   * Reads the canonical JSON of a stage record into the slots. Names ascend on both sides, so each
   * is looked for from where the last one was found.
   *
   * @throws IllegalArgumentException for anything else, and for a field that no stage so far can
   *     have given
   */
  void parse(byte[] value, long[] values, boolean[] present) {
    int next = 0;
    for (CanonicalReader r = new CanonicalReader(value); r.next(); next++) {
      while (next < ascii.length && !r.named(ascii[next])) {
        present[next++] = false;
      }
      if (next == ascii.length) {
        throw new IllegalArgumentException("the reading has no field \"" + r.name() + "\"");
      }
      values[next] = r.value();
      present[next] = true;
    }
    Arrays.fill(present, next, present.length, false);
  }

  /** The canonical JSON of the slots that are present. */
  byte[] write(long[] values, boolean[] present) {
    int size = 2;
    for (int i = 0; i < quoted.length; i++) {
      if (present[i]) {
        size += quoted[i].length + Canonical.size(values[i]) + (size > 2 ? 1 : 0);
      }
    }
    Canonical.Writer w = new Canonical.Writer(size);
    for (int i = 0; i < quoted.length; i++) {
      if (present[i]) {
        w.field(quoted[i], values[i]);
      }
    }
    return w.end();
  }
}
