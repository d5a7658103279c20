package io.streamgauge.trident;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Messages;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Where each device stands with its messages in chunks: some hundred bytes while one is coming,
 * however large it is. The chunks of those that are to be put together are beside the log, see
 * {@link PartFiles}. Messages in one record, or in the store, have been answered before: {@link
 * BeforeState}.
 */
final class MessagesState implements KeyedState {
  private final Messages messages;
  private final PartFiles parts; // null: nothing is put together
  private final Map<Long, Message> newest = new HashMap<>(); // by owner
  private final Set<Long> changed = new HashSet<>();

  /**
   * Remembers nothing yet.
   *
   * @param folder for the bytes of messages
   */
  MessagesState(Stage stage, Path folder) {
    messages = stage.messages();
    parts = messages.assembles() ? new PartFiles(folder) : null;
  }

  @Override
  public void apply(Event e, Consumer<OutRecord> results) {
    long owner = e.owner();
    Message now = newest.get(owner);
    Message next = messages.take(now, e, parts == null ? null : parts.of(owner, now), results);
    if (next != now) {
      newest.put(owner, next);
      changed.add(owner);
    }
  }

  @Override
  public void changes(DataOutputStream out) throws IOException {
    write(changed, out);
    changed.clear();
  }

  @Override
  public void snapshot(DataOutputStream out) throws IOException {
    write(newest.keySet(), out);
    changed.clear();
  }

  private void write(Collection<Long> owners, DataOutputStream out) throws IOException {
    for (long owner : owners) {
      byte[] b = newest.get(owner).toBytes();
      out.writeLong(owner);
      out.writeInt(b.length);
      out.write(b);
    }
  }

  @Override
  public void restore(DataInputStream in) throws IOException {
    while (in.available() > 0) {
      long owner = in.readLong();
      newest.put(owner, Message.fromBytes(in.readNBytes(in.readInt())));
    }
  }

  @Override
  public void kept() throws IOException {
    if (parts != null) {
      parts.keep(this::open);
    }
  }

  private boolean open(long owner, long sequence) {
    Message m = newest.get(owner);
    return m != null && m.open() && m.sequence() == sequence;
  }

  @Override
  public int entries() {
    return newest.size();
  }
}
