package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import io.streamgauge.joblib.kafka.Ends;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Waits until the application has done all there is. A Kafka Streams application has no end of input, but it commits what it
 * has processed: when a stage has committed the end of its input, everything it will ever write is in the next topic.
 */
final class Drain implements AutoCloseable {
  /** Between two looks. */
  static final Duration POLL = Duration.ofMillis(20);

  /** So many looks without progress before the rest is examined. */
  private static final int PATIENCE = 50;

  private final Plan plan;
  private final Ends ends;
  private int stage = -1;
  private Map<TopicPartition, Long> target = Map.of();
  private Map<TopicPartition, Long> committed = Map.of();
  private int still;

  Drain(Plan plan) {
    this.plan = plan;
    ends = new Ends(plan);
  }

  /** Takes a look. Gives true once every stage has read its input to the end it had when the stage before was done. */
  boolean done() throws ExecutionException, InterruptedException {
    while (Ends.reached(committed, target)) {
      if (++stage == plan.job().stages().size()) {
        return true;
      }
      target = ends.of(plan.stageInput(stage));
      committed = ends.committed(plan.prefix(), plan.stageInput(stage));
      still = 0;
    }
    Map<TopicPartition, Long> now = ends.committed(plan.prefix(), plan.stageInput(stage));
    still = now.equals(committed) ? still + 1 : 0;
    committed = now;
    if (still >= PATIENCE && plan.exactlyOnce()) {
      skipMarkers();
      still = 0;
    }
    return false;
  }

  /**
   * Moves the target to where records end. What lies between the last record and the end of a topic may be nothing but
   * markers of transactions, and an application that has read no record since it was started commits no offset behind them.
   */
  private void skipMarkers() {
    Map<TopicPartition, Long> rest = new HashMap<>(target);
    rest.entrySet().removeIf(e -> committed.get(e.getKey()) >= e.getValue());
    Map<String, Object> settings = Clients.objects(Clients.consumer(plan));
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
      for (Map.Entry<TopicPartition, Long> e : rest.entrySet()) {
        consumer.assign(List.of(e.getKey()));
        consumer.seek(e.getKey(), committed.get(e.getKey()));
        if (consumer.poll(Duration.ofSeconds(1)).isEmpty() && consumer.position(e.getKey()) >= e.getValue()) {
          target.put(e.getKey(), committed.get(e.getKey()));
        }
      }
    }
  }

  @Override
  public void close() {
    ends.close();
  }
}
