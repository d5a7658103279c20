package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads single records of a partition again, for state that remembers only where they lie. Safe for
 * concurrent use: tasks take turns.
 */
final class Lookup {
  private static final Duration PATIENCE = Duration.ofSeconds(120); // as of Spark's own consumers

  private final Consumer<byte[], byte[]> consumer;
  private final TopicPartition partition;
  private Iterator<ConsumerRecord<byte[], byte[]>> fetched = Collections.emptyIterator();

  Lookup(Plan plan, TopicPartition partition) {
    this(new KafkaConsumer<>(new Settings(plan).lookup()), partition);
  }

  Lookup(Consumer<byte[], byte[]> consumer, TopicPartition partition) {
    this.consumer = consumer;
    this.partition = partition;
    consumer.assign(List.of(partition));
  }

  /**
   * The value of a record; null where it has none. Records that are asked for in the order of their
   * offsets are fetched as they lie.
   *
   * @throws IllegalStateException where the record is not there any more
   */
  synchronized byte[] value(long offset) {
    ConsumerRecord<byte[], byte[]> r = ahead(offset);
    return (r == null ? fetch(offset) : r).value();
  }

  /** The record, if it was fetched and lies ahead; null otherwise. */
  private ConsumerRecord<byte[], byte[]> ahead(long offset) {
    while (fetched.hasNext()) {
      ConsumerRecord<byte[], byte[]> r = fetched.next();
      if (r.offset() >= offset) {
        return r.offset() == offset ? r : null;
      }
    }
    return null;
  }

  private ConsumerRecord<byte[], byte[]> fetch(long offset) {
    consumer.seek(partition, offset);
    fetched = consumer.poll(PATIENCE).records(partition).iterator();
    ConsumerRecord<byte[], byte[]> r = ahead(offset);
    if (r == null) {
      throw new IllegalStateException(
          "reading a chunk again: no record at offset "
              + offset
              + " of "
              + partition
              + " within "
              + PATIENCE.toSeconds()
              + " s; it was there before: the topic must keep it until its message is complete");
    }
    return r;
  }
}
