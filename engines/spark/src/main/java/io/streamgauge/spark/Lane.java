package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A transactional producer for the rows of one lane, kept from batch to batch. One task at a time
 * uses it. After an error it is given up, and the next one begins as after a restart.
 */
final class Lane {
  private static final Map<String, Lane> OPEN = new ConcurrentHashMap<>();

  private final Plan plan;
  private final String id;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Committed committed;

  private Lane(Plan plan, String id) throws ExecutionException, InterruptedException {
    this.plan = plan;
    this.id = id;
    Map<String, Object> settings = Clients.objects(Settings.producer(plan));
    settings.put("transactional.id", id);
    settings.put("client.id", id);
    producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    try {
      // Whatever the id's former producer has open ends here, and it can write no more.
      producer.initTransactions();
      committed = new Committed(id, Markers.last(plan, id));
    } catch (ExecutionException | InterruptedException | RuntimeException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  private static String id(Plan plan, int stage, int lane) {
    return plan.prefix() + "-" + stage + "-" + lane;
  }

  /**
   * The transactional ids of a stage. Behind a shuffle it has as many lanes as Spark is told to
   * make partitions, and for windows as many as the topic has.
   */
  static List<String> ids(Plan plan, int stage) {
    List<String> ids = new ArrayList<>();
    int shuffled = Integer.parseInt(Settings.spark(plan).get("spark.sql.shuffle.partitions"));
    int behind = Math.max(shuffled, plan.partitions());
    for (int lane = 0; lane < plan.partitions() + behind; lane++) {
      ids.add(id(plan, stage, lane));
    }
    return ids;
  }

  /** The lane of a stage, open. */
  static Lane of(Plan plan, int stage, int lane) throws ExecutionException, InterruptedException {
    String id = id(plan, stage, lane);
    Lane l = OPEN.get(id);
    if (l == null) {
      l = new Lane(plan, id);
      OPEN.put(id, l);
    }
    return l;
  }

  /** Whether a task has to write a batch, as {@link Committed#lacks} says. */
  boolean lacks(long batch, long task) {
    return committed.lacks(batch, task);
  }

  /** Begins a transaction. */
  void begin() {
    producer.beginTransaction();
  }

  void send(ProducerRecord<byte[], byte[]> r) {
    producer.send(r); // an error comes again from commit
  }

  /** Commits what was sent since begin, and that it was. */
  void commit(long batch, long task) {
    producer.send(Markers.of(plan, id, batch));
    producer.commitTransaction();
    committed.wrote(batch, task);
  }

  /** Gives the lane up: its transaction is aborted by its successor. */
  void abandon() {
    OPEN.remove(id, this);
    producer.close(Duration.ZERO);
  }
}
