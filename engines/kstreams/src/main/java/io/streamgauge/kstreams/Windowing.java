package io.streamgauge.kstreams;

import io.streamgauge.joblib.operator.Aggregate;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.Record;

/** The processors around the windows of the DSL: one before, one behind. */
final class Windowing {
  private Windowing() {}

  /**
   * From the source to where answers and windows part. An event that came to the window brings
   * itself, or nothing, since one without the metric moves stream time too.
   */
  static final class Entrance extends Arrival<Given<Aggregate>> {
    Entrance(Stage stage) {
      super(stage);
    }

    @Override
    protected void event(FixedKeyRecord<Device, byte[]> record, Event event) {
      Aggregate share = stage.window().has(event) ? stage.window().of(event) : new Aggregate();
      OutRecord answer =
          stage.answer(
              event, stage.after(event)); // may change the event: the share is taken before
      context.forward(record.withValue(new Given<>(answer, share)));
    }

    @Override
    protected void done(FixedKeyRecord<Device, byte[]> record, OutRecord out) {
      context.forward(record.withValue(new Given<>(out, null)));
    }
  }

  /** Adds a share to a window; a window without any stays absent from the store. */
  static Aggregate add(Device device, Given<Aggregate> given, Aggregate sum) {
    sum.merge(given.share());
    return sum.count == 0 ? null : sum;
  }

  /** Makes results of closed windows. */
  static final class Result
      extends ContextualProcessor<Windowed<Device>, Aggregate, Device, OutRecord> {
    private final Stage stage;
    private final long shift;

    Result(Stage stage, long shift) {
      this.stage = stage;
      this.shift = shift;
    }

    @Override
    public void process(Record<Windowed<Device>, Aggregate> record) {
      Aggregate sum = record.value();
      OutRecord out = stage.window(record.key().window().start() - shift, sum);
      if (out != null) {
        context()
            .forward(
                new Record<>(
                    new Device(sum.owner, sum.key), out, out.timestamp(), Answers.headers(out)));
      }
    }
  }
}
