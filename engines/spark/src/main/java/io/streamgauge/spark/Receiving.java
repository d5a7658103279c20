package io.streamgauge.spark;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Messages;
import io.streamgauge.joblib.record.OutRecord;
import java.util.function.Consumer;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.streaming.MapState;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.TTLConfig;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.ValueState;

/**
 * A stage of a job of large messages, scan or reassemble: the state of a device is where it stands
 * with its messages in chunks, and the chunks of one that is to be put together. Messages in one
 * record, or in the store, touch no state. In Real-time Mode, where a call brings one record, all
 * chunks but the last go into the state.
 */
public final class Receiving extends Keyed {
  private static final long serialVersionUID = 1;

  private transient ValueState<byte[]> state;
  private transient MapState<Long, byte[]> chunks; // null: nothing is put together
  private transient Message before;
  private transient Message now;
  private transient Gathered parts; // null: nothing is put together

  /** For a stage with scan or reassemble. */
  public Receiving(Answering answering) {
    super(answering);
  }

  private Messages messages() {
    return answering().stage().messages();
  }

  @Override
  public void init(OutputMode output, TimeMode time) {
    state = getHandle().getValueState("message", Encoders.BINARY(), TTLConfig.NONE());
    if (messages().assembles()) {
      chunks =
          getHandle().getMapState("chunks", Encoders.LONG(), Encoders.BINARY(), TTLConfig.NONE());
    }
  }

  @Override
  protected void load() {
    byte[] old = state.get();
    before = old == null ? null : Message.fromBytes(old);
    now = before;
    parts = chunks == null ? null : new Gathered(chunks, before != null && before.open());
  }

  @Override
  protected void event(Event e, Consumer<OutRecord> out) {
    if (Messages.isChunk(e)) {
      now = messages().take(now, e, parts, out);
    } else {
      out.accept(messages().whole(e));
    }
  }

  @Override
  protected void save() {
    if (now != before) {
      state.update(now.toBytes());
    }
    if (parts != null) {
      parts.save();
    }
  }
}
