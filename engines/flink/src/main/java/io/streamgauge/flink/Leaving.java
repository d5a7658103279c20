package io.streamgauge.flink;

import io.streamgauge.joblib.kafka.Records;
import io.streamgauge.joblib.record.OutRecord;
import java.util.List;
import java.util.Optional;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Makes Kafka's records with their headers. Names no partition: Kafka's producer takes murmur2 of
 * the key. Tells the sink its topics, in which it looks for transactions that a former life has
 * left open.
 */
final class Leaving
    implements KafkaRecordSerializationSchema<OutRecord>, KafkaDatasetFacetProvider {
  private static final long serialVersionUID = 1;

  private final String forward;
  private final String deadLetters;

  Leaving(String forward, String deadLetters) {
    this.forward = forward;
    this.deadLetters = deadLetters;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      OutRecord r, KafkaSinkContext context, Long timestamp) {
    return Records.out(r, forward, deadLetters);
  }

  @Override
  public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
    List<String> topics = List.of(forward, deadLetters);
    return Optional.of(
        new DefaultKafkaDatasetFacet(DefaultKafkaDatasetIdentifier.ofTopics(topics)));
  }
}
