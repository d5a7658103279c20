package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Messages;
import io.streamgauge.joblib.record.OutRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function3;
import org.apache.spark.streaming.State;

/**
 * The operator scan on Spark's state: for each device where it stands with its messages in chunks,
 * of fixed size. Messages in one record, or in the store, touch no state.
 */
final class ScanState extends StageTask
    implements Function3<StateKey, Optional<Arrival>, State<Message>, Answers> {
  private static final long serialVersionUID = 1;

  ScanState(Plan plan, int stage) {
    super(plan, stage);
  }

  @Override
  public Answers call(StateKey device, Optional<Arrival> arrival, State<Message> state) {
    return answer(stage().messages(), arrival.get(), state);
  }

  static Answers answer(Messages messages, Arrival a, State<Message> state) {
    Event e = a.event();
    if (a.ended() && (e == null || !Messages.isChunk(e))) {
      return Answers.none();
    }
    Answers given = e == null ? Answers.of(a.result()) : answer(messages, e, state);
    return a.ended() ? Answers.none() : given;
  }

  static Answers answer(Messages messages, Event e, State<Message> state) {
    if (!Messages.isChunk(e)) {
      return Answers.of(messages.whole(e));
    }
    Message before = state.exists() ? state.get() : null; // immutable, as batches need it
    List<OutRecord> out = new ArrayList<>(1);
    Message now = messages.take(before, e, null, out::add);
    if (now != before) {
      state.update(now);
    }
    return Answers.of(out);
  }
}
