package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Adapter;
import io.streamgauge.joblib.contract.Contract;
import io.streamgauge.joblib.contract.Hello;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Drain;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.streaming.api.java.JavaInputDStream;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.kafka010.CanCommitOffsets;
import org.apache.spark.streaming.kafka010.ConsumerStrategies;
import org.apache.spark.streaming.kafka010.HasOffsetRanges;
import org.apache.spark.streaming.kafka010.KafkaUtils;
import org.apache.spark.streaming.kafka010.LocationStrategies;
import org.apache.spark.streaming.kafka010.OffsetRange;

/**
 * The least that Spark Streaming can do, as its guide to Kafka writes it: one topic into another,
 * with a producer for each process, offsets committed after the output. What the job identity costs
 * beside this, under the same plan and settings, is the adapter's. Not an engine: its answers have
 * no identity.
 */
final class CopyJob implements Adapter {
  private CopyJob() {}

  public static void main(String[] args) {
    Contract.main(args, new CopyJob());
  }

  /** One for each process, made by the first task. */
  private static final class Producer {
    private static KafkaProducer<byte[], byte[]> producer;

    private Producer() {}

    static synchronized KafkaProducer<byte[], byte[]> with(Map<String, Object> settings) {
      if (producer == null) {
        producer = new KafkaProducer<>(settings);
      }
      return producer;
    }
  }

  @Override
  public Hello hello() {
    return new Hello("spark-dstream-copy", "test", List.of("at-least-once"), Map.of());
  }

  @Override
  public Map<String, Object> settings(Plan plan) {
    return Map.of();
  }

  @Override
  public void run(Session session) throws Exception {
    Plan plan = session.plan();
    Settings settings = new Settings(plan);
    JavaStreamingContext context =
        new JavaStreamingContext(
            settings
                .spark()
                .set(
                    "spark.streaming.kafka.maxRatePerPartition",
                    Long.toString(settings.maxRate(false))),
            settings.batch());
    List<TopicPartition> partitions =
        IntStream.range(0, plan.partitions())
            .mapToObj(p -> new TopicPartition(plan.stageInput(0), p))
            .toList();
    JavaInputDStream<ConsumerRecord<byte[], byte[]>> stream =
        KafkaUtils.createDirectStream(
            context,
            LocationStrategies.PreferConsistent(),
            ConsumerStrategies.Assign(partitions, settings.consumer(0)));
    Map<String, Object> producer = settings.producer();
    String output = plan.stageOutput(0);
    stream.foreachRDD(
        rdd -> {
          OffsetRange[] ranges = ((HasOffsetRanges) rdd.rdd()).offsetRanges();
          rdd.foreachPartition(
              records -> {
                KafkaProducer<byte[], byte[]> to = Producer.with(producer);
                records.forEachRemaining(
                    r -> to.send(new ProducerRecord<>(output, r.key(), r.value())));
                to.flush();
              });
          ((CanCommitOffsets) stream.inputDStream()).commitAsync(ranges);
        });
    context.start();
    session.status().ready();
    if (session.awaitEnd()) {
      try (Drain drain = new Drain(session)) {
        drain.committed(settings.group(0), plan.stageInput(0));
      }
    }
    context.stop(true, true);
  }
}
