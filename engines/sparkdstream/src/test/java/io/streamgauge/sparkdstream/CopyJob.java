package io.streamgauge.sparkdstream;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.streaming.Duration;
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
 * with a producer for each process, offsets committed after the output. What the adapter's job
 * identity is compared with, to see what the contract costs. The settings of Kafka's clients, the
 * interval and the bound of a batch are the adapter's. Not a test.
 */
public final class CopyJob {
  private static final long RECORDS_PER_PARTITION = 200_000; // of a batch, as Settings has it

  private CopyJob() {}

  /**
   * Copies what the input has, and ends. Arguments: brokers, input, output, how many records there
   * are; then, if they are not 500 and 2, the batch interval in ms and the task slots.
   */
  public static void main(String[] args) throws Exception {
    long records = Long.parseLong(args[3]);
    Duration interval = new Duration(args.length > 4 ? Long.parseLong(args[4]) : 500);
    String slots = args.length > 5 ? args[5] : "2";
    JavaStreamingContext context = new JavaStreamingContext(conf(slots, interval), interval);
    CountDownLatch done = new CountDownLatch(1);
    AtomicLong copied = new AtomicLong();
    JavaInputDStream<ConsumerRecord<byte[], byte[]>> stream = source(context, args);
    Write write = new Write(args[0], args[2]);
    stream.foreachRDD(
        rdd -> {
          OffsetRange[] ranges = ((HasOffsetRanges) rdd.rdd()).offsetRanges();
          rdd.foreachPartition(write);
          ((CanCommitOffsets) stream.inputDStream()).commitAsync(ranges);
          if (copied.addAndGet(Progress.records(ranges)) >= records) {
            done.countDown();
          }
        });
    context.start();
    done.await();
    context.stop(true, true);
    System.out.println("copied " + copied);
  }

  private static SparkConf conf(String slots, Duration interval) {
    return new SparkConf()
        .setMaster("local[" + slots + "]")
        .setAppName("copy-job")
        .set("spark.ui.enabled", "false")
        .set("spark.driver.host", "127.0.0.1")
        .set("spark.driver.bindAddress", "127.0.0.1")
        .set(
            "spark.streaming.kafka.maxRatePerPartition",
            Long.toString(RECORDS_PER_PARTITION * 1000 / interval.milliseconds()));
  }

  private static JavaInputDStream<ConsumerRecord<byte[], byte[]>> source(
      JavaStreamingContext context, String[] args) {
    Map<String, Object> consumer =
        Map.of(
            "bootstrap.servers",
            args[0],
            "group.id",
            "copy-job-" + args[2],
            "key.deserializer",
            ByteArrayDeserializer.class,
            "value.deserializer",
            ByteArrayDeserializer.class,
            "auto.offset.reset",
            "earliest",
            "enable.auto.commit",
            "false");
    return KafkaUtils.createDirectStream(
        context,
        LocationStrategies.PreferConsistent(),
        ConsumerStrategies.Subscribe(List.of(args[1]), consumer));
  }

  /** What each task does with a partition of a batch. */
  private record Write(String brokers, String output)
      implements VoidFunction<Iterator<ConsumerRecord<byte[], byte[]>>> {
    @Override
    public void call(Iterator<ConsumerRecord<byte[], byte[]>> records) {
      KafkaProducer<byte[], byte[]> to = Producer.of(brokers);
      records.forEachRemaining(
          r -> to.send(new ProducerRecord<>(output, null, r.key(), r.value(), r.headers())));
      to.flush();
    }
  }

  /** One for each process, made by the first task. */
  private static final class Producer {
    private static KafkaProducer<byte[], byte[]> producer;

    private Producer() {}

    static synchronized KafkaProducer<byte[], byte[]> of(String brokers) {
      if (producer == null) {
        Map<String, Object> settings =
            Map.of(
                "bootstrap.servers", brokers,
                "acks", "all",
                "linger.ms", "0",
                "compression.type", "none",
                "buffer.memory", 64 << 20);
        producer =
            new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
      }
      return producer;
    }
  }
}
