package io.streamgauge.joblib.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * A place in the tree that the paths of a reading's fields span; the root is the whole message.
 * Fixed once built.
 */
public final class Node {
  private static final int[] NONE = {};

  private byte[][] names = {};
  private Node[] children = {};
  private int[] below = NONE;
  private int[] fields = NONE;

  /** Leads a field's path from here. */
  public void add(List<String> path, int field) {
    if (path.isEmpty()) {
      fields = with(fields, field); // several fields may name one path
      return;
    }
    byte[] step = path.get(0).getBytes(StandardCharsets.UTF_8);
    Node next = child(step, 0, step.length);
    if (next == null) {
      next = new Node();
      names = Arrays.copyOf(names, names.length + 1);
      children = Arrays.copyOf(children, names.length);
      names[names.length - 1] = step;
      children[names.length - 1] = next;
    }
    next.below = with(next.below, field);
    next.add(path.subList(1, path.size()), field);
  }

  private static int[] with(int[] list, int field) {
    int[] longer = Arrays.copyOf(list, list.length + 1);
    longer[list.length] = field;
    return longer;
  }

  /**
   * The node one step down, by the UTF-8 name between two positions; null where no path leads
   * there.
   */
  public Node child(byte[] b, int from, int to) {
    for (int i = 0; i < names.length; i++) {
      if (Arrays.equals(names[i], 0, names[i].length, b, from, to)) {
        return children[i];
      }
    }
    return null;
  }

  /** Whether no path leads further. */
  boolean leaf() {
    return names.length == 0;
  }

  /** The fields whose path ends here. */
  public int[] fields() {
    return fields;
  }

  /** The fields whose path ends here or further down. */
  public int[] below() {
    return below;
  }
}
