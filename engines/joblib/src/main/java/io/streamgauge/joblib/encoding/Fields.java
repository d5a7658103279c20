package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.json.Node;
import io.streamgauge.joblib.operator.Reason;
import java.util.Arrays;

/** What one message holds at the fields' places, and the tests of it. */
final class Fields {
  private static final double MAX_MICROS = 1e13;

  private final Places places;
  private final byte[] key;
  private final Scalar[] found;

  Fields(Places places, byte[] key) {
    this.places = places;
    this.key = key;
    found = new Scalar[places.count];
    Arrays.fill(found, Scalar.MISSING);
  }

  Places places() {
    return places;
  }

  /**
   * The node one step down; null where no path leads there. What an earlier member of that name
   * held is forgotten.
   */
  Node child(Node at, Scalar name) {
    if (at == null || !name.is(Scalar.Kind.TEXT)) {
      return null;
    }
    Node child = at.child(name.bytes(), name.from(), name.to());
    if (child != null) {
      for (int field : child.below()) {
        found[field] = Scalar.MISSING;
      }
    }
    return child;
  }

  /** Puts a value at a node. */
  void set(Node at, Scalar s) {
    if (at != null) {
      for (int field : at.fields()) {
        found[field] = s;
      }
    }
  }

  /** The message does not name its device. */
  void deviceIsKey() {
    put(Places.DEVICE, Scalar.text(key, 0, key.length));
  }

  void put(int field, Scalar s) {
    found[field] = s;
  }

  /**
   * Puts a value over what an earlier record of the message left: the last counts, a missing one
   * replaces nothing, and a device that is not the key's stays.
   */
  void lay(int field, Scalar s) {
    boolean stays =
        field == Places.DEVICE && !found[field].is(Scalar.Kind.MISSING) && device() != null;
    if (!s.is(Scalar.Kind.MISSING) && !stays) {
      found[field] = s;
    }
  }

  /** Fields of another document for the same places and key. */
  Fields beside() {
    return new Fields(places, key);
  }

  /** Lays what other fields for the same places hold over these. */
  void layAll(Fields other) {
    for (int i = 0; i < found.length; i++) {
      lay(i, other.found[i]);
    }
  }

  /** Lays a value over the metrics whose path is a name. */
  void layNamed(byte[] b, int from, int to, Scalar s) {
    Node node = places.root.child(b, from, to);
    if (node != null) {
      for (int field : node.fields()) {
        if (field >= Places.METRICS) {
          lay(field, s);
        }
      }
    }
  }

  boolean isDevice(Scalar name) {
    Node node = places.root.child(name.bytes(), name.from(), name.to());
    return node != null && Arrays.stream(node.fields()).anyMatch(f -> f == Places.DEVICE);
  }

  /** Tests the fields in their order. */
  Reason fill(long[] values, boolean[] present) {
    Reason reason = device();
    if (reason == null) {
      reason = wants(found[Places.TIME], Scalar.Kind.NUMBER);
    }
    for (int i = 0; reason == null && i < places.metrics(); i++) {
      reason = metric(found[Places.METRICS + i], places.slots[i], values, present);
    }
    return reason;
  }

  private Reason device() {
    Scalar d = found[Places.DEVICE];
    Reason reason = wants(d, Scalar.Kind.TEXT);
    if (reason != null) {
      return reason;
    }
    boolean same = Arrays.equals(d.bytes(), d.from(), d.to(), key, 0, key.length);
    return same ? null : Reason.WRONG_DEVICE;
  }

  private static Reason metric(Scalar s, int slot, long[] values, boolean[] present) {
    values[slot] = 0;
    present[slot] = !s.is(Scalar.Kind.MISSING);
    if (!present[slot]) {
      return null;
    }
    Reason reason = wants(s, Scalar.Kind.NUMBER);
    if (reason != null) {
      return reason;
    }
    double micros = Math.rint(s.number() * 1e6);
    if (!(Math.abs(micros) <= MAX_MICROS)) { // also where it is not a number
      return Reason.RANGE;
    }
    values[slot] = (long) micros; // −0 becomes 0
    return null;
  }

  private static Reason wants(Scalar got, Scalar.Kind want) {
    if (got.is(want)) {
      return null;
    }
    if (got.is(Scalar.Kind.MISSING)) {
      return Reason.MISSING_FIELD;
    }
    boolean tooLong = got.is(Scalar.Kind.LONG_NUMBER) && want == Scalar.Kind.NUMBER;
    return tooLong ? Reason.BAD_NUMBER : Reason.BAD_TYPE;
  }
}
