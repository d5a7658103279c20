package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Messages;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Answers messages that are in one record, or in the store, where they are read: an exchange would
 * copy every byte of them for nothing, since they touch no state. Chunks go to theirs, on the side.
 */
final class Receiving extends ProcessFunction<Arrival, OutRecord> {
  /** What {@link Chunks} takes. */
  static final OutputTag<Event> CHUNKS = new OutputTag<>("chunks", Types.CHUNK);

  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;
  private transient Messages messages;

  Receiving(Plan plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  @Override
  public void open(OpenContext context) {
    messages = Programs.stage(plan, index).messages();
  }

  @Override
  public void processElement(Arrival a, Context context, Collector<OutRecord> out) {
    if (a.event() == null) {
      out.collect(a.settled());
    } else if (Messages.isChunk(a.event())) {
      context.output(CHUNKS, a.event());
    } else {
      out.collect(messages.whole(a.event()));
    }
  }
}
