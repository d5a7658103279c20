package io.streamgauge.kstreams;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * How far the topology's input is committed, for state that must be able to go back there. Under
 * exactly-once Kafka Streams takes stores and offsets back together, so whatever is in a store is
 * as good as committed. At least once it does not: after a kill a store is as its changelog was,
 * which may be ahead of the offsets that reading goes on from.
 */
final class Commits {
  /** The setting of the consumers that hands the object to their interceptor. */
  static final String SETTING = "streamgauge.commits";

  private final boolean exactlyOnce;
  private final Map<TopicPartition, AtomicLong> offsets = new ConcurrentHashMap<>();

  Commits(boolean exactlyOnce) {
    this.exactlyOnce = exactlyOnce;
  }

  /** The offset that a restart would begin at, or a smaller one. */
  LongSupplier of(String topic, int partition) {
    return exactlyOnce ? () -> Long.MAX_VALUE : offset(new TopicPartition(topic, partition))::get;
  }

  private AtomicLong offset(TopicPartition partition) {
    return offsets.computeIfAbsent(partition, p -> new AtomicLong());
  }

  /** Hears of every commit of a consumer, in the thread that processes its records. */
  public static final class Interceptor implements ConsumerInterceptor<byte[], byte[]> {
    private Commits commits;

    @Override
    public void configure(Map<String, ?> settings) {
      commits = (Commits) settings.get(SETTING);
    }

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
      return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> committed) {
      committed.forEach((p, o) -> commits.offset(p).set(o.offset()));
    }

    @Override
    public void close() {}
  }
}
