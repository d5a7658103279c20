package io.streamgauge.kstreams;

import io.streamgauge.joblib.record.OutRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.TopicNameExtractor;

/** How results leave the topology. */
final class Answers {
  /** The value of a result; key, timestamp and headers are those of the stream's record. */
  static final Serde<OutRecord> SERDE =
      Serdes.serdeFrom(
          (topic, out) -> out.value(),
          (topic, data) -> {
            throw new UnsupportedOperationException("results are written only");
          });

  private Answers() {}

  /** Exactly the headers that a result has: what came with the input record is not carried over. */
  static Headers headers(OutRecord out) {
    RecordHeaders headers = new RecordHeaders();
    for (int i = 0; i < out.names().length; i++) {
      headers.add(out.names()[i], out.headers()[i]);
    }
    return headers;
  }

  /** Where a result goes. The partition is left to the producer: murmur2 of the device id. */
  static TopicNameExtractor<Device, OutRecord> topic(String forward, String deadLetters) {
    return (device, out, context) -> out.deadLetter() ? deadLetters : forward;
  }
}
