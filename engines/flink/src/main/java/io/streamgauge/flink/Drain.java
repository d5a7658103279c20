package io.streamgauge.flink;

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
 * Tells when everything is done: stage by stage, the offsets that checkpoints have committed reach
 * the end of the stage's input, and what the stage has written is committed. The input ends where
 * it ended when this was made; a stage's topic where it ends once all before it is done.
 *
 * <p>A source commits the offset behind the last record it gave on. Behind that, a topic under
 * exactly-once still has the markers of its transactions. So where the offsets stand still short of
 * the end, a consumer looks whether a record is left.
 */
final class Drain implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  private final Plan plan;
  private final Ends ends;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<TopicPartition, Long> inputEnds;
  private final Map<TopicPartition, Long> empty = new HashMap<>(); // nothing but markers up to here
  private Map<TopicPartition, Long> last = Map.of();
  private int stage;

  Drain(Plan plan) throws ExecutionException, InterruptedException {
    this.plan = plan;
    ends = new Ends(plan);
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    consumer = new KafkaConsumer<>(Clients.objects(Clients.consumer(plan)), bytes, bytes);
    inputEnds = ends.of(plan.stageInput(0));
  }

  /** Looks once, and goes on to the next stage where one is done. */
  boolean done() throws ExecutionException, InterruptedException {
    while (stage < plan.job().stages().size()
        && read(stage)
        && committed(plan.stageOutput(stage))) {
      stage++;
      last = Map.of();
    }
    return stage == plan.job().stages().size() && committed(plan.deadLetters());
  }

  /** Whether no transaction is open in a topic. */
  private boolean committed(String topic) throws ExecutionException, InterruptedException {
    return !plan.exactlyOnce() || ends.readable(topic).equals(ends.of(topic));
  }

  /** Whether all of a stage's input has been read, and the checkpoint that says so is complete. */
  private boolean read(int stage) throws ExecutionException, InterruptedException {
    String topic = plan.stageInput(stage);
    Map<TopicPartition, Long> want = stage == 0 ? inputEnds : ends.of(topic);
    Map<TopicPartition, Long> have = ends.committed(plan.prefix(), topic);
    boolean still = have.equals(last);
    last = have;
    if (Ends.reached(have, want)) {
      return true;
    }
    for (Map.Entry<TopicPartition, Long> e : want.entrySet()) {
      long from = have.get(e.getKey());
      if (from < e.getValue() && !(still && empty(e.getKey(), from, e.getValue()))) {
        return false;
      }
    }
    return true;
  }

  /** Whether no record that counts is between two offsets of a partition. */
  private boolean empty(TopicPartition partition, long from, long to) {
    if (empty.getOrDefault(partition, 0L) >= to) {
      return true;
    }
    consumer.assign(List.of(partition));
    consumer.seek(partition, from);
    boolean none = consumer.poll(POLL).isEmpty() && consumer.position(partition) >= to;
    if (none) {
      empty.put(partition, to);
    }
    return none;
  }

  @Override
  public void close() {
    consumer.close();
    ends.close();
  }
}
