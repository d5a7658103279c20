package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import io.streamgauge.joblib.kafka.Records;
import io.streamgauge.joblib.record.OutRecord;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes what a stage gives, with headers, which Storm's own KafkaBolt cannot. Each bolt task has
 * one, so that the records of a device leave in order. What Kafka may yet take is tried without
 * end: a record given up would fail its tuple, which would come again out of order. Only what Kafka
 * will never take is an error.
 */
final class Writer implements AutoCloseable {
  private final Producer<byte[], byte[]> producer;
  private final String forward;
  private final String deadLetters;
  private final Consumer<Throwable> broken;
  private volatile boolean closed;

  /**
   * Makes a writer for a stage.
   *
   * @param broken hears of what can never be written; the record's tuple is not acknowledged then
   */
  Writer(Plan plan, int stage, Consumer<Throwable> broken) {
    this(new KafkaProducer<>(settings(plan)), plan.stageOutput(stage), plan.deadLetters(), broken);
  }

  Writer(
      Producer<byte[], byte[]> producer,
      String forward,
      String deadLetters,
      Consumer<Throwable> broken) {
    this.producer = producer;
    this.forward = forward;
    this.deadLetters = deadLetters;
    this.broken = broken;
  }

  /** The producer's settings. */
  static Map<String, Object> settings(Plan plan) {
    Map<String, Object> m = Clients.objects(Clients.producer(plan));
    m.put("key.serializer", ByteArraySerializer.class.getName());
    m.put("value.serializer", ByteArraySerializer.class.getName());
    m.put("delivery.timeout.ms", Integer.MAX_VALUE);
    m.put("max.block.ms", Long.MAX_VALUE);
    return m;
  }

  /**
   * Writes records in order.
   *
   * @param done is called once Kafka has taken all of them, on Kafka's thread, or on the caller's
   *     where there are none
   */
  void write(List<OutRecord> records, Runnable done) {
    if (records.isEmpty()) {
      done.run();
      return;
    }
    AtomicInteger open = new AtomicInteger(records.size());
    try {
      for (OutRecord r : records) {
        producer.send(
            Records.out(r, forward, deadLetters),
            (taken, error) -> {
              if (error != null) {
                refused(error);
              } else if (open.decrementAndGet() == 0) {
                done.run();
              }
            });
      }
    } catch (InterruptException e) {
      closed = true; // Storm interrupts a task that it is about to close
    } catch (RuntimeException e) {
      if (!closed) { // Storm does not wait long for a task: it may have a full queue yet
        throw e;
      }
    }
  }

  private void refused(Throwable error) {
    if (!closed) { // what a producer had when it was closed, it refuses; that comes again
      broken.accept(error);
    }
  }

  /**
   * Waits until Kafka has taken all that was given to {@link #write}, or never will take some of
   * it.
   */
  void flush() {
    producer.flush();
  }

  /** Whether the task is being ended: what Kafka had not taken by then is given up. */
  boolean closed() {
    return closed;
  }

  /** Gives up what Kafka has not taken yet; its tuples are not acknowledged. */
  @Override
  public void close() {
    closed = true;
    producer.close(Duration.ZERO);
  }
}
