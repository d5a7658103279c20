package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import io.streamgauge.joblib.kafka.Records;
import io.streamgauge.joblib.record.OutRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes what one task of a stage gives to Kafka, batch by batch. Storm's own {@code
 * TridentKafkaState} writes neither headers nor transactions. This one is for at least once; {@link
 * TransactionalSink} is for exactly once. Not safe for concurrent use.
 */
class Sink implements AutoCloseable {
  final Producer<byte[], byte[]> producer;
  private final String forward;
  private final String deadLetters;

  /**
   * Of the batch. A callback for all would take less, but a flush of Kafka's client does not wait
   * for the parts of what it sends in parts, because the broker found it too large; these do.
   */
  private final List<Future<RecordMetadata>> sent = new ArrayList<>();

  Sink(Plan plan, int stage, Producer<byte[], byte[]> producer) {
    this.producer = producer;
    forward = plan.stageOutput(stage);
    deadLetters = plan.deadLetters();
  }

  /** For a task of a stage. */
  static Sink open(Plan plan, int stage) {
    return new Sink(plan, stage, producer(settings(plan)));
  }

  /** Settings of the producers, but for serializers and transactional ids. */
  static Map<String, Object> settings(Plan plan) {
    Map<String, Object> m = Clients.objects(Clients.producer(plan));
    if (plan.job().payloads()) {
      long millis = Math.max(LargeMessages.TRANSACTION_MILLIS, plan.transactionTimeoutMillis());
      m.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Long.toString(millis));
      // A record that waits for room behind others as large waits as long as they take.
      m.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Long.toString(millis));
    }
    return m;
  }

  static Producer<byte[], byte[]> producer(Map<String, Object> settings) {
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * The transaction id of the last batch of a partition whose results Kafka has; 0 where that is
   * not known.
   */
  long written(int partition) {
    return 0;
  }

  /** A batch has records of a partition, from this offset on. */
  void begins(long txid, int partition, long offset) {}

  /** Writes a record. It is there for good when {@link #commit} returns. */
  void send(OutRecord r) {
    sent.add(producer.send(Records.out(r, forward, deadLetters)));
  }

  /**
   * Ends the batch.
   *
   * @param next by partition of the batch, the offset after its last record
   */
  void commit(long txid, Map<Integer, Long> next) throws ExecutionException, InterruptedException {
    producer.flush();
    try {
      for (Future<RecordMetadata> f : sent) {
        f.get();
      }
    } finally {
      sent.clear();
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
  }
}
