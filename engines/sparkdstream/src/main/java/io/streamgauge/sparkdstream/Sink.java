package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Records;
import io.streamgauge.joblib.record.OutRecord;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;

/**
 * Writes to Kafka. DStream has no sink of its own for it: what its documentation advises is a
 * producer for each process, used from foreachPartition. Safe for concurrent use.
 */
final class Sink {
  private final KafkaProducer<byte[], byte[]> producer;
  private final String[] topics;
  private final String deadLetters;

  Sink(Plan plan) {
    producer = new KafkaProducer<>(new Settings(plan).producer());
    topics =
        IntStream.range(0, plan.job().stages().size())
            .mapToObj(plan::stageOutput)
            .toArray(String[]::new);
    deadLetters = plan.deadLetters();
  }

  /** What one task writes. Not safe for concurrent use. */
  final class Output {
    private final String topic;
    private volatile Exception refused;

    private Output(String topic) {
      this.topic = topic;
    }

    /** Sends without waiting. */
    void send(OutRecord r) {
      producer.send(
          Records.out(r, topic, deadLetters),
          (at, e) -> {
            if (e != null) {
              refused = e;
            }
          });
    }

    /**
     * Waits until Kafka has all of it: the task must not succeed before.
     *
     * @throws ExecutionException for a record that Kafka refused
     */
    void flush() throws ExecutionException {
      producer.flush();
      if (refused != null) {
        throw new ExecutionException("writing to topic " + topic, refused);
      }
    }
  }

  /** For one task of a stage. */
  Output open(int stage) {
    return new Output(topics[stage]);
  }
}
