package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function3;
import org.apache.spark.streaming.State;

/**
 * The operator window on Spark's state. DStream's own windows are of processing time, and a batch
 * belongs to the time at which it was cut; in event time there are none. So the state of a Kafka
 * partition is its watermark and its open windows of all devices, and every event, heartbeats among
 * them, moves the one and closes the others.
 */
final class WindowState extends StageTask
    implements Function3<StateKey, Optional<Arrival[]>, State<OpenWindows>, Answers> {
  private static final long serialVersionUID = 1;

  WindowState(Plan plan, int stage) {
    super(plan, stage);
  }

  @Override
  public Answers call(StateKey partition, Optional<Arrival[]> arrivals, State<OpenWindows> state) {
    Stage stage = stage();
    OpenWindows open = state.exists() ? state.get().successor() : new OpenWindows();
    List<OutRecord> out = new ArrayList<>(arrivals.get().length);
    for (Arrival a : arrivals.get()) {
      if (a.event() == null) {
        out.add(a.result());
      } else {
        event(stage, a.event(), open, out);
      }
    }
    state.update(open);
    return Answers.of(out.toArray(OutRecord[]::new));
  }

  private static void event(Stage stage, Event e, OpenWindows open, List<OutRecord> out) {
    open.add(stage.window(), e);
    OutRecord answer = stage.answer(e, stage.after(e));
    if (answer != null) {
      out.add(answer);
    }
    open.advance(
        stage.window(),
        e.time,
        (start, aggregate) -> {
          OutRecord closed = stage.window(start, aggregate);
          if (closed != null) {
            out.add(closed);
          }
        });
  }
}
