package io.streamgauge.joblib.kafka;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.json.Canonical;
import io.streamgauge.joblib.operator.CorruptRecordException;
import io.streamgauge.joblib.operator.Registry;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the device registry. */
public final class Registries {
  private static final long MAX_GAIN = 1_000_000_000L;
  private static final long MAX_OFFSET = 10_000_000_000_000L;
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Map<String, Registry> READ = new ConcurrentHashMap<>();

  private Registries() {}

  /**
   * The registry of a plan, read to its end once for each process: it is complete before an engine
   * starts.
   *
   * @throws CorruptRecordException for an entry that is not canonical JSON, or has a gain or offset
   *     beyond the limits
   */
  public static Registry of(Plan plan) {
    return READ.computeIfAbsent(plan.registry(), topic -> read(plan, topic));
  }

  private static Registry read(Plan plan, String topic) {
    if (topic.isEmpty()) {
      return new Registry();
    }
    Map<String, Object> settings = Clients.objects(Clients.consumer(plan));
    // The harness says how long a start may take, and on a busy machine that is more than Kafka's
    // own minute.
    settings.put("default.api.timeout.ms", Long.toString(Math.max(60_000, plan.readyMillis())));
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
      return read(consumer, topic);
    }
  }

  /** Reads a registry topic to its end as of now. */
  static Registry read(Consumer<byte[], byte[]> consumer, String topic) {
    List<PartitionInfo> infos = consumer.partitionsFor(topic);
    if (infos == null || infos.isEmpty()) {
      throw new IllegalStateException("the registry topic \"" + topic + "\" does not exist");
    }
    Collection<TopicPartition> partitions =
        infos.stream().map(p -> new TopicPartition(topic, p.partition())).toList();
    Registry registry = new Registry();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
      for (ConsumerRecord<byte[], byte[]> r : consumer.poll(POLL)) {
        put(registry, r);
      }
    }
    return registry;
  }

  private static void put(Registry registry, ConsumerRecord<byte[], byte[]> r) {
    if (r.value() == null) {
      registry.remove(r.key());
      return;
    }
    try {
      Map<String, Long> fields = Canonical.parse(r.value());
      limit(fields, "gain", MAX_GAIN);
      limit(fields, "offset", MAX_OFFSET);
      registry.put(r.key(), fields);
    } catch (IllegalArgumentException e) {
      throw new CorruptRecordException(
          r.topic(), r.partition(), r.offset(), "registry entry: " + e.getMessage());
    }
  }

  private static void limit(Map<String, Long> fields, String name, long limit) {
    long v = fields.getOrDefault(name, 0L);
    if (v > limit || v < -limit) {
      throw new IllegalArgumentException(name + " " + v + " is beyond ±" + limit + " millionths");
    }
  }
}
