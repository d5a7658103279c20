package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import io.streamgauge.joblib.kafka.Ends;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The topic that holds, for each transactional id, the last batch committed under it: a record in
 * the same transaction as the batch's results. Key: the id; value: the batch, eight bytes, big
 * endian.
 */
final class Markers {
  private Markers() {}

  private static String topic(Plan plan) {
    return plan.prefix() + ".markers";
  }

  /**
   * Makes the topic, unless a former life has, and ends the transactions that one left open: until
   * they end, readers see nothing of what is written behind them.
   */
  static void open(Plan plan, List<String> ids) throws ExecutionException, InterruptedException {
    NewTopic topic =
        new NewTopic(topic(plan), plan.partitions(), (short) -1)
            .configs(Map.of("cleanup.policy", "compact"));
    try (Admin admin = Admin.create(Clients.objects(Clients.common(plan)))) {
      try {
        admin.createTopics(Set.of(topic)).all().get();
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
      }
      admin.fenceProducers(ids).all().get();
    }
  }

  /** The record that says that a batch is committed. */
  static ProducerRecord<byte[], byte[]> of(Plan plan, String id, long batch) {
    return new ProducerRecord<>(
        topic(plan), utf8(id), ByteBuffer.allocate(Long.BYTES).putLong(batch).array());
  }

  /**
   * The last batch committed under an id, -1 if there is none. The id's own transaction must have
   * ended. Another one's may be open in front of the marker and hide it, so this reads on to where
   * the topic ends now, as soon as it can.
   */
  static long last(Plan plan, String id) throws ExecutionException, InterruptedException {
    Map<TopicPartition, Long> ends;
    try (Ends e = new Ends(plan)) {
      ends = e.of(topic(plan));
    }
    byte[] key = utf8(id);
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    long last = -1;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(Clients.objects(Clients.consumer(plan)), bytes, bytes)) {
      consumer.assign(ends.keySet());
      consumer.seekToBeginning(ends.keySet());
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        for (ConsumerRecord<byte[], byte[]> r : consumer.poll(Duration.ofMillis(500))) {
          if (Arrays.equals(key, r.key())) {
            last = ByteBuffer.wrap(r.value()).getLong();
          }
        }
      }
    }
    return last;
  }

  private static byte[] utf8(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }
}
