package io.streamgauge.joblib.kafka;

import io.streamgauge.joblib.contract.Fixed;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Settings of Kafka clients on which guarantee, order and place of records hang. No option of an
 * engine may change them, nor the file of client settings: Kafka takes other values without an
 * error. Too many requests in flight and no retries are not among them, since a producer that was
 * asked for idempotence refuses those itself.
 */
public final class Guarded {
  private static final String PLACE =
      "records would not stand in the partition that murmur2 of their device names";

  private static final List<Fixed> PRODUCER =
      List.of(
          new Fixed(
              "acks", List.of("all", "-1"), "what a broker loses would be committed as written"),
          new Fixed(
              "enable.idempotence",
              List.of("true"),
              "what is sent again could be written twice, or behind what came later"),
          new Fixed("partitioner.class", List.of(), PLACE),
          new Fixed("partitioner.ignore.keys", List.of("false"), PLACE),
          new Fixed("transactional.id", List.of(), "an engine has ids of its own"));

  private static final Fixed BEGINNING =
      new Fixed(
          "auto.offset.reset", List.of("earliest"), "what was sent before would never be read");

  private static final Fixed COMMITTED =
      new Fixed(
          "isolation.level",
          List.of("read_committed"),
          "exactly once, results of transactions that were aborted would be read");

  private Guarded() {}

  /**
   * Refuses options that change one of a producer.
   *
   * @param option of the engine that holds settings, such as "producer"
   * @param prefix before their names there; empty: none
   * @throws IllegalArgumentException with the option, what to write instead, and why
   */
  public static void producer(String option, String prefix, Map<String, String> given) {
    PRODUCER.forEach(f -> f.check(option, prefix, given));
  }

  /**
   * Refuses options that change one of a consumer.
   *
   * @param option of the engine that holds settings, such as "consumer"
   * @param prefix before their names there; empty: none
   * @throws IllegalArgumentException with the option, what to write instead, and why
   */
  public static void consumer(
      String option, String prefix, Map<String, String> given, boolean exactlyOnce) {
    BEGINNING.check(option, prefix, given);
    if (exactlyOnce) {
      COMMITTED.check(option, prefix, given);
    }
  }

  /** Leaves them out of what the user has for all clients. */
  static void drop(Map<String, String> settings) {
    Stream.concat(PRODUCER.stream(), Stream.of(BEGINNING, COMMITTED))
        .forEach(f -> settings.remove(f.setting()));
  }
}
