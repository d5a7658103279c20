package io.streamgauge.joblib.kafka;

import io.streamgauge.joblib.contract.Plan;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/**
 * Asks Kafka how far topics reach and how far groups have come: what a drain waits for. Close it
 * after use.
 */
public final class Ends implements AutoCloseable {
  private final Plan plan;
  private final Admin admin;

  public Ends(Plan plan) {
    this.plan = plan;
    admin = Admin.create(Clients.objects(Clients.common(plan)));
  }

  /**
   * The offset after the last record of each partition, whether or not its transaction is
   * committed.
   */
  public Map<TopicPartition, Long> of(String topic)
      throws ExecutionException, InterruptedException {
    return list(topic, IsolationLevel.READ_UNCOMMITTED);
  }

  /**
   * The offset of each partition up to which it can be read as of now: under exactly-once the last
   * stable one.
   */
  public Map<TopicPartition, Long> readable(String topic)
      throws ExecutionException, InterruptedException {
    return list(
        topic,
        plan.exactlyOnce() ? IsolationLevel.READ_COMMITTED : IsolationLevel.READ_UNCOMMITTED);
  }

  private Map<TopicPartition, Long> list(String topic, IsolationLevel level)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetSpec> ask = new HashMap<>();
    for (int p = 0; p < plan.partitions(); p++) {
      ask.put(new TopicPartition(topic, p), OffsetSpec.latest());
    }
    Map<TopicPartition, Long> ends = new HashMap<>();
    admin
        .listOffsets(ask, new ListOffsetsOptions(level))
        .all()
        .get()
        .forEach((p, o) -> ends.put(p, o.offset()));
    return ends;
  }

  /** The offsets a group has committed for a topic; 0 where it has none. */
  public Map<TopicPartition, Long> committed(String group, String topic)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (int p = 0; p < plan.partitions(); p++) {
      offsets.put(new TopicPartition(topic, p), 0L);
    }
    try {
      admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get()
          .forEach(
              (p, o) -> {
                if (o != null && p.topic().equals(topic)) {
                  offsets.put(p, o.offset());
                }
              });
    } catch (ExecutionException e) {
      if (!(e.getCause()
          instanceof GroupIdNotFoundException)) { // newer brokers: nothing has been committed yet
        throw e;
      }
    }
    return offsets;
  }

  /** Whether every partition has reached its end. */
  public static boolean reached(
      Map<TopicPartition, Long> positions, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(e -> positions.getOrDefault(e.getKey(), 0L) >= e.getValue());
  }

  @Override
  public void close() {
    admin.close();
  }
}
