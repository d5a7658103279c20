package io.streamgauge.trident;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Messages;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Where each device stands with its messages in chunks: some hundred bytes while one is coming,
 * however large it is. The chunks of those that are to be put together are beside the log, see
 * {@link PartFiles}. Messages in one record, or in the store, have been answered before: {@link
 * BeforeState}.
 */
final class MessagesState extends ByOwner<Message> {
  private final Messages messages;
  private final PartFiles parts; // null: nothing is put together

  /**
   * Remembers nothing yet.
   *
   * @param folder for the bytes of messages
   */
  MessagesState(Stage stage, Path folder) {
    super(Message::toBytes, Message::fromBytes);
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
  public void kept() throws IOException {
    if (parts != null) {
      parts.keep(this::open);
    }
  }

  private boolean open(long owner, long sequence) {
    Message m = newest.get(owner);
    return m != null && m.open() && m.sequence() == sequence;
  }
}
