package org.apache.storm.kafka.spout.trident;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.storm.kafka.spout.internal.ClientFactory;
import org.apache.storm.kafka.spout.subscription.TopicAssigner;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.trident.spout.IPartitionedTridentSpout.Emitter;

/**
 * Makes Storm's own emitter over a given consumer: the constructor that takes one is visible in
 * this package alone.
 */
public final class StormReplay {
  private StormReplay() {}

  /** The emitter of {@link KafkaTridentSpoutTransactional}. */
  public static <K, V>
      Emitter<List<Map<String, Object>>, KafkaTridentSpoutTopicPartition, Map<String, Object>>
          emitter(
              KafkaTridentSpoutConfig<K, V> config,
              TopologyContext context,
              Consumer<K, V> consumer) {
    ClientFactory<K, V> clients =
        new ClientFactory<>() {
          @Override
          public Consumer<K, V> createConsumer(Map<String, Object> settings) {
            return consumer;
          }

          @Override
          public Admin createAdmin(Map<String, Object> settings) {
            throw new UnsupportedOperationException();
          }
        };
    return new KafkaTridentTransactionalSpoutEmitter<>(
        new KafkaTridentSpoutEmitter<>(config, context, clients, new TopicAssigner()));
  }
}
