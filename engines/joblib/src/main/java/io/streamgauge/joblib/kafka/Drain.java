package io.streamgauge.joblib.kafka;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Waits until an engine has come to the end of its topics: first the input's, then each stage's,
 * since what a stage writes is complete only when everything before it is done and committed. Close
 * it after use.
 *
 * <p>Exactly once, an end offset counts the marks that end transactions, and an engine that commits
 * "the last record + 1" never reaches it. So where positions stand still below the ends, this looks
 * whether a record is left between them. At least once there are no marks, and no such look: it has
 * a record in memory, and a record may be large.
 */
public final class Drain implements AutoCloseable {
  private static final long PAUSE_MILLIS = 50;
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Plan plan;
  private final CompletableFuture<?> stopping;
  private final Ends ends;

  /** For a session that is to drain. */
  public Drain(Session session) {
    plan = session.plan();
    stopping = session.stopping();
    ends = new Ends(plan);
  }

  /**
   * Waits until a consumer group has committed all of a topic up to its end as of now.
   *
   * @return false where the engine was told to stop meanwhile
   */
  public boolean committed(String group, String topic) throws Exception {
    return reached(topic, () -> ends.committed(group, topic));
  }

  /**
   * Waits until an engine stands at the end of a topic as of now.
   *
   * @param positions gives the offset of the next record to be read of each partition, everything
   *     before it being done and committed; 0 where there is none
   * @return false where the engine was told to stop meanwhile
   */
  public boolean reached(String topic, Callable<Map<TopicPartition, Long>> positions)
      throws Exception {
    Map<TopicPartition, Long> to = ends.of(topic);
    Map<TopicPartition, Long> last = null;
    long next = System.nanoTime(); // looks get rarer: they cost the machine that is being measured
    long apart = TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS);
    while (!stopping.isDone()) {
      Map<TopicPartition, Long> at = positions.call();
      if (Ends.reached(at, to)) {
        return true;
      }
      if (plan.exactlyOnce() && at.equals(last) && System.nanoTime() - next >= 0) {
        if (!left(at, to)) {
          return true;
        }
        apart = Math.min(2 * apart, LOOK.toNanos());
        next = System.nanoTime() + apart;
      }
      last = at;
      pause();
    }
    return false;
  }

  private void pause() throws InterruptedException {
    try {
      stopping.get(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // go on: the loop looks itself
    }
  }

  private boolean left(Map<TopicPartition, Long> at, Map<TopicPartition, Long> to) {
    Map<TopicPartition, Long> behind = new HashMap<>();
    to.forEach(
        (p, end) -> {
          if (at.getOrDefault(p, 0L) < end) {
            behind.put(p, at.getOrDefault(p, 0L));
          }
        });
    Map<String, Object> settings = Clients.objects(Clients.consumer(plan));
    settings.put("max.poll.records", "1");
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
      return left(consumer, behind, to);
    }
  }

  /** Whether a record stands between two positions, or may: a transaction is open there. */
  static boolean left(
      Consumer<byte[], byte[]> consumer,
      Map<TopicPartition, Long> from,
      Map<TopicPartition, Long> to) {
    consumer.assign(from.keySet());
    from.forEach(consumer::seek);
    long start = System.nanoTime();
    while (System.nanoTime() - start < LOOK.toNanos()) {
      if (!consumer.poll(LOOK.dividedBy(10)).isEmpty()) {
        return true;
      }
      if (from.keySet().stream().allMatch(p -> consumer.position(p) >= to.get(p))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    ends.close();
  }
}
