package io.streamgauge.storm;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Messages;
import io.streamgauge.joblib.record.OutRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a chunk has given, without its bytes.
 *
 * @param others dead letters, or the answer to its message: small records
 * @param itself whether the chunk goes on, behind the others
 */
record Given(ArrayList<OutRecord> others, boolean itself) implements Serializable {
  static final Given NOTHING = new Given(new ArrayList<>(), false);
  static final Given ITSELF = new Given(new ArrayList<>(), true);

  /** Of an event that gave these records; the chunk itself is the last of them, if it is there. */
  static Given of(Event e, List<OutRecord> out) {
    ArrayList<OutRecord> others = new ArrayList<>(out);
    boolean itself = !out.isEmpty() && Messages.isItself(e, out.get(out.size() - 1));
    if (itself) {
      others.remove(others.size() - 1);
    }
    return new Given(others, itself);
  }

  /** The records, given the event. */
  List<OutRecord> records(Event e) {
    List<OutRecord> out = new ArrayList<>(others);
    if (itself) {
      out.add(Messages.itself(e));
    }
    return out;
  }

  byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(this);
    } catch (IOException e) { // of memory
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static Given fromBytes(byte[] b) {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(b))) {
      return (Given) in.readObject();
    } catch (IOException e) {
      throw new UncheckedIOException("reading what a chunk has given", e);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("reading what a chunk has given", e);
    }
  }
}
