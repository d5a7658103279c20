package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Window;
import io.streamgauge.joblib.record.Headers;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * Event time is header {@code sgt}. Kafka Streams drops records with a negative timestamp and knows
 * no window before 1970, so inside the topology time is shifted by a multiple of the windows' step,
 * which leaves their bounds where they are.
 *
 * @param shift ms, added to event time
 */
record EventTime(long shift) implements TimestampExtractor {
  /** For a stage without windows: its timestamps decide nothing. */
  static final EventTime PLAIN = new EventTime(0);

  /**
   * For a stage with windows.
   *
   * @throws IllegalArgumentException where the plan begins too early to be shifted
   */
  static EventTime of(Plan plan, Window window) {
    long missing =
        window.size() - plan.eventTimeMin(); // the first window must not begin before 0 either
    if (plan.eventTimeMin() < Long.MIN_VALUE / 4) {
      throw new IllegalArgumentException(
          "event_time_min " + plan.eventTimeMin() + " ms is too early for windows");
    }
    return new EventTime(
        missing <= 0 ? 0 : -Math.floorDiv(-missing, window.step()) * window.step());
  }

  /**
   * What is a time before 1970 here, or is beyond all bounds, belongs to a record that no window
   * will see.
   */
  @Override
  public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
    byte[] sgt = Device.first(record.headers(), Headers.TIME);
    if (!Headers.isTime(sgt)) {
      return Math.max(0, partitionTime);
    }
    long time = Headers.time(sgt);
    return time > Long.MAX_VALUE - shift ? Math.max(0, partitionTime) : Math.max(0, time + shift);
  }
}
