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
 * Reads single records of Kafka again, for state that remembers only where they lie. Safe for
 * concurrent use: tasks take turns.
 */
final class Lookup {
  private static final Duration PATIENCE = Duration.ofSeconds(120); // as of Spark's own consumers

  private final Consumer<byte[], byte[]> consumer;
  private TopicPartition partition; // that the consumer reads; null: none yet
  private Iterator<ConsumerRecord<byte[], byte[]>> fetched = Collections.emptyIterator();

  Lookup(Plan plan) {
    this(new KafkaConsumer<>(new Settings(plan).lookup()));
  }

  Lookup(Consumer<byte[], byte[]> consumer) {
    this.consumer = consumer;
  }

  /**
   * The value of a record; null where it has none. Records that are asked for in the order of their
   * offsets are fetched as they lie.
   *
   * @throws IllegalStateException where the record is not there any more
   */
  synchronized byte[] value(TopicPartition from, long offset) {
    if (!from.equals(partition)) {
      consumer.assign(List.of(from));
      partition = from;
      fetched = Collections.emptyIterator();
    }
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
