package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.contract.Job;
import io.streamgauge.joblib.json.Node;
import java.util.ArrayList;
import java.util.List;

/** Where the fields of a job's reading stand in messages. Fixed, shared by threads. */
final class Places {
  // Positions in the list of fields; metrics follow in ascending order of their names.
  static final int DEVICE = 0;
  static final int TIME = 1;
  static final int METRICS = 2;

  final Node root = new Node();
  final int count;
  final int[] slots;
  final boolean millis; // the time is in ms

  private Places(Job.Reading reading, int[] slots, boolean names) {
    this.slots = slots.clone();
    this.millis = reading.millis();
    List<List<String>> paths = paths(reading);
    count = paths.size();
    for (int i = 0; i < count; i++) {
      root.add(names ? List.of(String.join(".", paths.get(i))) : paths.get(i), i);
    }
  }

  /** For messages that are trees: paths lead through maps. */
  static Places tree(Job.Reading reading, int[] slots) {
    return new Places(reading, slots, false);
  }

  /** For messages that are lists: a path, dots included, is the name of a value. */
  static Places names(Job.Reading reading, int[] slots) {
    return new Places(reading, slots, true);
  }

  /** The paths in the order in which fields are tested. */
  static List<List<String>> paths(Job.Reading reading) {
    List<List<String>> all = new ArrayList<>(List.of(reading.device(), reading.time()));
    for (String name : reading.metrics().keySet().stream().sorted().toList()) {
      all.add(reading.metrics().get(name).path());
    }
    return all;
  }

  int metrics() {
    return count - METRICS;
  }
}
