package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Messages;
import io.streamgauge.joblib.record.OutRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.storm.state.KeyValueState;
import org.apache.storm.tuple.Tuple;

/**
 * A stage with scan: remembers where each device stands with its messages in chunks, and of chunks
 * that may come again what does not follow from them. Nearly every chunk gives itself, or in the
 * last stage nothing, so that little is kept. Messages in one record, or in the store, are answered
 * as if nothing were remembered.
 */
final class MessageBolt extends OrderedBolt {
  private static final long serialVersionUID = 1;

  private transient Owners<Message> owners;

  MessageBolt(Plan plan, int index, Options options) {
    super(plan, index, options);
  }

  @Override
  protected void restore(KeyValueState<String, byte[]> state) {
    owners = Owners.restore(state, Message::fromBytes);
  }

  @Override
  protected void save(KeyValueState<String, byte[]> state) {
    owners.save(state, Message::toBytes);
  }

  @Override
  protected List<OutRecord> first(Tuple t, Event e, Past past) {
    if (!Messages.isChunk(e)) {
      return List.of(stage.messages().whole(e));
    }
    List<OutRecord> out = new ArrayList<>(1);
    Message now = owners.get(e.owner());
    Message next = stage.messages().take(now, e, null, out::add);
    if (next != now) {
      owners.put(e.owner(), next);
    }
    Given given = Given.of(e, out);
    if (!given.equals(usual())) {
      past.keep(e.offset, given.toBytes());
    }
    return out;
  }

  @Override
  protected List<OutRecord> again(Event e, Past past) {
    if (!Messages.isChunk(e)) {
      return List.of(stage.messages().whole(e));
    }
    byte[] kept = past.answer(e.offset);
    return (kept == null ? usual() : Given.fromBytes(kept)).records(e);
  }

  private Given usual() {
    return stage.last() ? Given.NOTHING : Given.ITSELF;
  }
}
