package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Fixed;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Guarded;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * Settings that the option streams may not change, because the adapter relies on them: Kafka
 * Streams would take another value and lose records, state or the guarantee without an error.
 */
final class Reserved {
  private static final String OPTION = "streams";

  /** Names without a prefix are for all clients. */
  private static final List<String> CONSUMERS =
      List.of(
          "",
          StreamsConfig.CONSUMER_PREFIX,
          StreamsConfig.MAIN_CONSUMER_PREFIX,
          StreamsConfig.RESTORE_CONSUMER_PREFIX);

  private static final List<String> PRODUCERS = List.of("", StreamsConfig.PRODUCER_PREFIX);

  /** Each with its old name: one that goes on passes a record over. */
  private static final List<String> HANDLERS =
      List.of(
          "processing.exception.handler",
          "production.exception.handler",
          "default.production.exception.handler",
          "deserialization.exception.handler",
          "default.deserialization.exception.handler");

  private static final String CHANGELOG = "state that is needed after a kill would be deleted";

  private static final List<Fixed> TOPICS =
      List.of(
          new Fixed(TopicConfig.CLEANUP_POLICY_CONFIG, List.of(), CHANGELOG),
          new Fixed(TopicConfig.RETENTION_MS_CONFIG, List.of("-1"), CHANGELOG),
          new Fixed(TopicConfig.RETENTION_BYTES_CONFIG, List.of("-1"), CHANGELOG));

  private Reserved() {}

  /**
   * Refuses settings.
   *
   * @throws IllegalArgumentException with the setting, what to write instead, and why
   */
  static void check(Plan plan, Map<String, String> streams) {
    CONSUMERS.forEach(p -> Guarded.consumer(OPTION, p, streams, plan.exactlyOnce()));
    PRODUCERS.forEach(p -> Guarded.producer(OPTION, p, streams));
    own(plan).forEach(f -> f.check(OPTION, "", streams));
    TOPICS.forEach(f -> f.check(OPTION, StreamsConfig.TOPIC_PREFIX, streams));
  }

  private static Stream<Fixed> own(Plan plan) {
    Stream<Fixed> handlers =
        HANDLERS.stream()
            .map(name -> new Fixed(name, List.of(), "a record could be passed over for good"));
    Stream<Fixed> names =
        Stream.of(
            new Fixed(
                StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
                List.of(Settings.guarantee(plan)),
                "state is kept, and results are judged, by the guarantee of the plan"),
            new Fixed(
                StreamsConfig.APPLICATION_ID_CONFIG,
                List.of(plan.prefix()),
                "the end of a trial is awaited, and topics are removed, by this name"));
    return Stream.concat(handlers, names);
  }
}
