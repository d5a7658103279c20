package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Messages;
import io.streamgauge.joblib.record.OutRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function3;
import org.apache.spark.streaming.State;

/**
 * The operator reassemble on Spark's state: for each device where it stands with its messages in
 * chunks, and where those of the one that is coming lie in Kafka. Messages in one record, or in the
 * store, touch no state.
 */
final class ReassembleState extends StageTask
    implements Function3<StateKey, Optional<Arrival>, State<Assembly>, Answers> {
  private static final long serialVersionUID = 1;

  ReassembleState(Plan plan, int stage) {
    super(plan, stage);
  }

  @Override
  public Answers call(StateKey device, Optional<Arrival> arrival, State<Assembly> state) {
    Arrival a = arrival.get();
    return answer(stage().messages(), a, state, offset -> again(a.event().partition, offset));
  }

  static Answers answer(
      Messages messages, Arrival a, State<Assembly> state, LongFunction<byte[]> input) {
    Event e = a.event();
    if (a.ended() && (e == null || !Messages.isChunk(e))) {
      return Answers.none();
    }
    Answers given = e == null ? Answers.of(a.result()) : answer(messages, e, state, input);
    return a.ended() ? Answers.none() : given;
  }

  static Answers answer(
      Messages messages, Event e, State<Assembly> state, LongFunction<byte[]> input) {
    if (!Messages.isChunk(e)) {
      return Answers.of(messages.whole(e));
    }
    Assembly before = state.exists() ? state.get() : Assembly.NONE;
    InKafka parts = new InKafka(before, e.offset, input);
    List<OutRecord> out = new ArrayList<>(1);
    Message now = messages.take(before.message(), e, parts, out::add);
    if (now != before.message()) {
      state.update(new Assembly(now, parts.offsets()));
    }
    return Answers.of(out);
  }
}
