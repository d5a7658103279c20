package io.streamgauge.joblib.kafka;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.json.Canonical;
import io.streamgauge.joblib.operator.Registry;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the device registry. */
public final class Registries {
  private static final long MAX_GAIN = 1_000_000_000L;
  private static final long MAX_OFFSET = 10_000_000_000_000L;
  private static final Map<String, Registry> READ = new ConcurrentHashMap<>();

  private Registries() {}

  /** The registry of a plan, read to its end once for each process: it is complete before an engine starts. */
  public static Registry of(Plan plan) {
    return READ.computeIfAbsent(plan.registry(), topic -> read(plan, topic));
  }

  private static Registry read(Plan plan, String topic) {
    Registry registry = new Registry();
    if (topic.isEmpty()) {
      return registry;
    }
    Map<String, Object> settings = Clients.objects(Clients.consumer(plan));
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
      Collection<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream().map(p -> new TopicPartition(topic, p.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        for (ConsumerRecord<byte[], byte[]> r : consumer.poll(Duration.ofMillis(500))) {
          put(registry, r);
        }
      }
    }
    return registry;
  }

  private static void put(Registry registry, ConsumerRecord<byte[], byte[]> r) {
    if (r.value() == null) {
      registry.remove(r.key());
      return;
    }
    Map<String, Long> fields = Canonical.parse(r.value());
    for (Map.Entry<String, Long> limit : List.of(Map.entry("gain", MAX_GAIN), Map.entry("offset", MAX_OFFSET))) {
      Long v = fields.get(limit.getKey());
      if (v != null && (v > limit.getValue() || v < -limit.getValue())) {
        throw new IllegalArgumentException("registry entry at offset " + r.offset() + " of partition " + r.partition() + ": "
            + limit.getKey() + " " + v + " is beyond ±" + limit.getValue() + " millionths");
      }
    }
    registry.put(r.key(), fields);
  }
}
