package io.streamgauge.trident;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.record.OutRecord;
import java.util.function.Consumer;

/** Each device's total. A batch tells once of each device that has events in it. */
final class TotalState extends ByOwner<Total> {
  private final Stage stage;

  TotalState(Stage stage) {
    super(Total::toBytes, Total::fromBytes);
    this.stage = stage;
  }

  @Override
  public void apply(Event e, Consumer<OutRecord> results) {
    long owner = e.owner();
    stage.aggregation().add(newest.computeIfAbsent(owner, o -> new Total()), e);
    changed.add(owner);
  }

  @Override
  public void end(Consumer<OutRecord> results) {
    for (long owner : changed) {
      results.accept(stage.update(newest.get(owner)));
    }
  }
}
