package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import io.streamgauge.joblib.record.OutRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnstableOffsetCommitException;

/**
 * One Kafka transaction for each batch. It holds the results and, with the offsets of the stage's
 * group, Trident's transaction id: so after a kill Kafka itself tells which batch was the last. No
 * consumer of the group exists; whoever looks at the group sees how far the stage has come.
 */
final class TransactionalSink extends Sink {
  /** What a partition has of which nothing is written yet. */
  static final OffsetAndMetadata NOTHING = new OffsetAndMetadata(0, "0");

  private final String topic;
  private final ConsumerGroupMetadata group;
  private final boolean exact;
  private final Map<Integer, OffsetAndMetadata> written; // by partition
  private boolean open;

  /**
   * Over a producer that may begin a transaction.
   *
   * @param written what the group has of each partition; none where Kafka does not tell
   */
  TransactionalSink(
      Plan plan,
      int stage,
      Producer<byte[], byte[]> producer,
      Map<Integer, OffsetAndMetadata> written) {
    super(plan, stage, producer);
    this.written = new HashMap<>(written);
    exact = Options.of(plan).exactReemission();
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

  private static Map<Integer, OffsetAndMetadata> written(Plan plan, int stage)
      throws ExecutionException, InterruptedException {
    String group = group(plan, stage);
    List<TopicPartition> partitions =
        IntStream.range(0, plan.partitions())
            .mapToObj(p -> new TopicPartition(plan.stageInput(stage), p))
            .toList();
    try (Admin admin = Admin.create(Clients.objects(Clients.common(plan)))) {
      return byPartition(
          admin
              .listConsumerGroupOffsets(
                  Map.of(group, new ListConsumerGroupOffsetsSpec().topicPartitions(partitions)),
                  new ListConsumerGroupOffsetsOptions().requireStable(true))
              .partitionsToOffsetAndMetadata(group)
              .get());
    } catch (ExecutionException e) {
      if (!(e.getCause()
          instanceof GroupIdNotFoundException)) { // newer brokers: nothing has been committed yet
        throw e;
      }
      Map<Integer, OffsetAndMetadata> none = new HashMap<>();
      partitions.forEach(p -> none.put(p.partition(), NOTHING));
      return none;
    }
  }

  /**
   * By partition, what Kafka has told: null where nothing is committed. A partition whose last
   * commit is still under way is not there; Kafka's client leaves it out, with a warning.
   */
  static Map<Integer, OffsetAndMetadata> byPartition(Map<TopicPartition, OffsetAndMetadata> told) {
    Map<Integer, OffsetAndMetadata> written = new HashMap<>();
    told.forEach((p, o) -> written.put(p.partition(), o == null ? NOTHING : o));
    return written;
  }

  /** The group whose offsets say how far a stage has come. */
  static String group(Plan plan, int stage) {
    return plan.prefix() + ".stage-" + stage;
  }

  @Override
  long written(int partition) {
    return txid(last(partition));
  }

  private static long txid(OffsetAndMetadata o) {
    return Long.parseLong(o.metadata());
  }

  private OffsetAndMetadata last(int partition) {
    OffsetAndMetadata last = written.get(partition);
    if (last == null) { // to be taken for nothing it would have to be known
      throw new UnstableOffsetCommitException(
          "Kafka does not tell yet what is written of partition " + partition + " of " + topic);
    }
    return last;
  }

  /** A later batch begins behind what is written. */
  @Override
  void begins(long txid, int partition, long offset) {
    OffsetAndMetadata last = last(partition);
    if (exact && txid > txid(last) && offset < last.offset()) {
      throw astray(txid, partition, "from", offset);
    }
  }

  /** A batch that comes again ends where it ended, and a later one behind it. */
  private void ends(long txid, int partition, long next) {
    OffsetAndMetadata last = last(partition);
    if (exact && Long.compare(txid, txid(last)) != Long.compare(next, last.offset())) {
      throw astray(txid, partition, "up to", next - 1);
    }
  }

  /** The transaction id does not tell what is written: records would be lost or twice. */
  private IllegalStateException astray(long txid, int partition, String side, long offset) {
    OffsetAndMetadata last = last(partition);
    return new IllegalStateException(
        String.format(
            "batch %d has records of partition %d of %s %s offset %d, and Kafka has the results of"
                + " batch %s up to offset %d: ZooKeeper's data are lost or of another run, or an"
                + " old worker is running; start a new run",
            txid, partition, topic, side, offset, last.metadata(), last.offset() - 1));
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
    next.forEach((p, o) -> ends(txid, p, o));
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
    offsets.forEach((p, o) -> written.put(p.partition(), o));
  }
}
