package io.streamgauge.trident;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutConfig;

/**
 * Reads a range of offsets of one partition again, all of it: it polls until the consumer's
 * position is behind the range. An empty poll means nothing: the first one of a consumer is often
 * empty, and under {@code read_committed} one that has met nothing but transaction markers always
 * is. Needed after a restart and after a failed batch only, so it keeps no consumer in between.
 */
final class BatchReader {
  private static final Duration POLL = Duration.ofMillis(500);

  private final KafkaTridentSpoutConfig<byte[], byte[]> config;
  private final Function<Map<String, Object>, Consumer<byte[], byte[]>>
      consumers; // by their settings

  BatchReader(KafkaTridentSpoutConfig<byte[], byte[]> config) {
    this(config, KafkaConsumer::new);
  }

  BatchReader(
      KafkaTridentSpoutConfig<byte[], byte[]> config,
      Function<Map<String, Object>, Consumer<byte[], byte[]>> consumers) {
    this.config = config;
    this.consumers = consumers;
  }

  /**
   * Reads the records from offset {@code first} to offset {@code last}, both included, in order.
   * Waits as long as it takes.
   *
   * @throws org.apache.kafka.clients.consumer.OffsetOutOfRangeException where the topic no longer
   *     has them
   */
  void read(
      TopicPartition partition,
      long first,
      long last,
      java.util.function.Consumer<List<Object>> tuples) {
    if (first > last) {
      return;
    }
    Map<String, Object> settings = new HashMap<>(config.getKafkaProps());
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none"); // not silently from elsewhere
    try (Consumer<byte[], byte[]> consumer = consumers.apply(settings)) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, first);
      while (consumer.position(partition) <= last) {
        for (ConsumerRecord<byte[], byte[]> r : consumer.poll(POLL)) {
          if (r.offset() <= last) {
            tuples.accept(config.getTranslator().apply(r));
          }
        }
      }
    }
  }
}
