package io.streamgauge.trident;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Seen;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import java.util.function.Consumer;

/** The sequences each device has sent. */
final class DedupeState extends ByOwner<Seen> {
  private final Stage stage;

  DedupeState(Stage stage) {
    super(Seen::toBytes, Seen::fromBytes);
    this.stage = stage;
  }

  @Override
  public void apply(Event e, Consumer<OutRecord> results) {
    long owner = e.owner();
    if (!newest.computeIfAbsent(owner, o -> stage.dedupe().empty()).pass(e.stamp().sequence())) {
      return;
    }
    changed.add(owner);
    OutRecord answer = stage.answer(e, stage.after(e));
    if (answer != null) {
      results.accept(answer);
    }
  }
}
