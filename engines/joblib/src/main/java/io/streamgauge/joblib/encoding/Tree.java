package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.json.Node;
import java.util.ArrayList;
import java.util.List;

/** Fills fields from one document of nested maps. */
final class Tree implements Handler {
  private final Fields fields;
  private final List<Node> maps = new ArrayList<>(); // each that is open; null for lists
  private Node next; // where the next value stands

  Tree(Fields fields) {
    this.fields = fields;
    next = fields.places().root;
  }

  @Override
  public void open(boolean list) {
    fields.set(next, Scalar.OTHER);
    maps.add(list ? null : next);
    next = null;
  }

  @Override
  public void close() {
    maps.remove(maps.size() - 1);
    next = null;
  }

  @Override
  public void name(Scalar s) {
    next = fields.child(maps.get(maps.size() - 1), s);
  }

  @Override
  public void value(Scalar s) {
    fields.set(next, s);
  }
}
