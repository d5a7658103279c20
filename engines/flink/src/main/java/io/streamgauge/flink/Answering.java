package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Answers the events of a stage that keeps no state for them. In front of windows it also gives
 * each event that has the metric to them, on the side: the event itself goes its way and waits for
 * no window.
 */
final class Answering extends ProcessFunction<Arrival, OutRecord> {
  /** What windows take. */
  static final OutputTag<Sample> SAMPLES = new OutputTag<>("samples", Types.SAMPLE);

  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;
  private transient Stage stage;

  Answering(Plan plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  @Override
  public void open(OpenContext context) {
    stage = Programs.stage(plan, index);
  }

  @Override
  public void processElement(Arrival a, Context context, Collector<OutRecord> out) {
    Event e = a.event();
    if (e == null) {
      out.collect(a.settled());
      return;
    }
    if (stage.window() != null && stage.window().has(e)) {
      context.output(SAMPLES, new Sample(e.key, e.stamp(), stage.window().metric(e)));
    }
    answer(stage, e, out);
  }

  /** Takes an event through the operators behind the stateful one, and answers it. */
  static void answer(Stage stage, Event e, Collector<OutRecord> out) {
    OutRecord answer = stage.answer(e, stage.after(e));
    if (answer != null) {
      out.collect(answer);
    }
  }
}
