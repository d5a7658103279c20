package io.streamgauge.kstreams;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.Record;

/** The processors around a KTable of totals: one before, one behind. */
final class Totalling {
  private Totalling() {}

  /** From the source to where dead letters and totals part. Events end in the totals. */
  static final class Entrance extends Arrival<Given<Total>> {
    Entrance(Stage stage) {
      super(stage);
    }

    @Override
    protected void event(FixedKeyRecord<Device, byte[]> record, Event event) {
      context.forward(record.withValue(new Given<>(null, stage.aggregation().of(event))));
    }

    @Override
    protected void done(FixedKeyRecord<Device, byte[]> record, OutRecord out) {
      context.forward(record.withValue(new Given<>(out, null)));
    }
  }

  /** Adds a share to a device's total. */
  static Total add(Device device, Given<Total> given, Total total) {
    total.merge(given.share());
    return total;
  }

  /** Tells of a total that has changed. */
  static final class Result extends ContextualProcessor<Device, Total, Device, OutRecord> {
    private final Stage stage;

    Result(Stage stage) {
      this.stage = stage;
    }

    @Override
    public void process(Record<Device, Total> record) {
      Total total = record.value();
      OutRecord out = stage.update(total);
      context()
          .forward(
              new Record<>(
                  new Device(total.sum.owner, total.sum.key),
                  out,
                  out.timestamp(),
                  Answers.headers(out)));
    }
  }
}
