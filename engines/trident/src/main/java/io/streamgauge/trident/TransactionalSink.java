package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import io.streamgauge.joblib.record.OutRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/**
 * One Kafka transaction for each batch. It holds the results and, with the offsets of the stage's
 * group, Trident's transaction id: so after a kill Kafka itself tells which batch was the last. No
 * consumer of the group exists; whoever looks at the group sees how far the stage has come.
 */
final class TransactionalSink extends Sink {
  private final String topic;
  private final ConsumerGroupMetadata group;
  private final Map<Integer, Long> written; // by partition
  private boolean open;

  TransactionalSink(
      Plan plan, int stage, Producer<byte[], byte[]> producer, Map<Integer, Long> written) {
    super(plan, stage, producer);
    this.written = written;
    topic = plan.stageInput(stage);
    group = new ConsumerGroupMetadata(group(plan, stage));
  }

  /**
   * For a task of a stage. Ends what a former life has left open, and finds out how far it came.
   *
   * @param task from 0; it has the same partitions in every life
   */
  static TransactionalSink open(Plan plan, int stage, int task)
      throws ExecutionException, InterruptedException {
    Map<String, Object> settings = settings(plan);
    settings.put(
        ProducerConfig.TRANSACTIONAL_ID_CONFIG,
        plan.prefix() + ".stage-" + stage + "-task-" + task);
    Producer<byte[], byte[]> producer = producer(settings);
    try {
      producer.initTransactions();
      return new TransactionalSink(plan, stage, producer, written(plan, stage));
    } catch (ExecutionException | InterruptedException | RuntimeException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  private static Map<Integer, Long> written(Plan plan, int stage)
      throws ExecutionException, InterruptedException {
    Map<Integer, Long> written = new HashMap<>();
    ListConsumerGroupOffsetsOptions options =
        new ListConsumerGroupOffsetsOptions().requireStable(true);
    try (Admin admin = Admin.create(Clients.objects(Clients.common(plan)))) {
      admin
          .listConsumerGroupOffsets(group(plan, stage), options)
          .partitionsToOffsetAndMetadata()
          .get()
          .forEach(
              (p, o) -> {
                if (o != null) {
                  written.put(p.partition(), Long.parseLong(o.metadata()));
                }
              });
    } catch (ExecutionException e) {
      if (!(e.getCause()
          instanceof GroupIdNotFoundException)) { // newer brokers: nothing has been committed yet
        throw e;
      }
    }
    return written;
  }

  /** The group whose offsets say how far a stage has come. */
  static String group(Plan plan, int stage) {
    return plan.prefix() + ".stage-" + stage;
  }

  @Override
  long written(int partition) {
    return written.getOrDefault(partition, 0L);
  }

  private void begin() {
    if (!open) {
      producer.beginTransaction();
      open = true;
    }
  }

  @Override
  void send(OutRecord r) {
    begin();
    super.send(r);
  }

  @Override
  void commit(long txid, Map<Integer, Long> next) throws ExecutionException, InterruptedException {
    begin();
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    next.forEach(
        (p, o) ->
            offsets.put(
                new TopicPartition(topic, p), new OffsetAndMetadata(o, Long.toString(txid))));
    producer.sendOffsetsToTransaction(offsets, group);
    super.commit(txid, next); // the first error of a record, rather than that of the transaction
    producer.commitTransaction();
    open = false;
  }
}
