package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.contract.Job;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A message of a job's reading as a tree of maps, whose members stand in the order in which device,
 * time and metrics first need them. A member is a map, or the number of a field.
 */
final class Shape {
  private Shape() {}

  /** Makes the tree. */
  static Map<String, Object> of(Job.Reading reading) {
    Map<String, Object> root = new LinkedHashMap<>();
    List<List<String>> paths = Places.paths(reading);
    for (int i = 0; i < paths.size(); i++) {
      add(root, paths.get(i), i);
    }
    return root;
  }

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

  /** A member that is a map. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> inner(Object member) {
    return (Map<String, Object>) member;
  }
}
