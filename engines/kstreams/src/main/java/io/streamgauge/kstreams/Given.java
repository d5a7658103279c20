package io.streamgauge.kstreams;

import io.streamgauge.joblib.record.OutRecord;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/**
 * What an input record gives in a stage that aggregates.
 *
 * @param answer its answer; null where there is none
 * @param share what an event brings to the aggregate of its device; null where the record is none
 */
record Given<S>(OutRecord answer, S share) {
  boolean shared() {
    return share != null;
  }

  /** On the way of the answers. */
  static final class Exit<S> extends ContextualFixedKeyProcessor<Device, Given<S>, OutRecord> {
    @Override
    public void process(FixedKeyRecord<Device, Given<S>> record) {
      OutRecord out = record.value().answer();
      if (out != null) {
        context()
            .forward(
                record
                    .withValue(out)
                    .withTimestamp(out.timestamp())
                    .withHeaders(Answers.headers(out)));
      }
    }
  }
}
