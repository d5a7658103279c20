package io.streamgauge.flink;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A copy of a topic as Flink's documentation of its Kafka connector writes it: values as text, no
 * keys, no headers, no operators. The adapter's job {@code identity} is held against it, to see
 * what the contract costs; told to copy whole records, with keys and headers, it tells how much of
 * that is theirs. Ends at the end of the topic as of its start.
 */
public final class CopyJob {
  private CopyJob() {}

  /**
   * Arguments: bootstrap servers, topic to read, topic to write, and what the topic to read holds,
   * which Flink finds out for itself; then "whole" for keys and headers too.
   */
  public static void main(String[] args) throws Exception {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration());
    String to = args[2];
    if (args.length > 4 && args[4].equals("whole")) {
      copy(
          env,
          args,
          new Whole(),
          (r, context, time) -> new ProducerRecord<>(to, null, r.key(), r.value(), r.headers()));
    } else {
      copy(
          env,
          args,
          KafkaRecordDeserializationSchema.valueOnly(new SimpleStringSchema()),
          KafkaRecordSerializationSchema.<String>builder()
              .setTopic(to)
              .setValueSerializationSchema(new SimpleStringSchema())
              .build());
    }
    env.execute("copy");
  }

  private static Configuration configuration() throws IOException {
    return Configuration.fromMap(
        Map.of(
            "parallelism.default",
            "2",
            "pipeline.object-reuse",
            "true",
            "execution.checkpointing.interval",
            "100 ms",
            "execution.checkpointing.dir",
            Files.createTempDirectory("copy").toUri().toString(),
            "execution.checkpointing.storage",
            "filesystem",
            "execution.buffer-timeout.interval",
            "1 ms"));
  }

  private static <T> void copy(
      StreamExecutionEnvironment env,
      String[] args,
      KafkaRecordDeserializationSchema<T> in,
      KafkaRecordSerializationSchema<T> out) {
    KafkaSource<T> source =
        KafkaSource.<T>builder()
            .setBootstrapServers(args[0])
            .setTopics(args[1])
            .setGroupId("copy-" + args[2])
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setBounded(OffsetsInitializer.latest())
            .setDeserializer(in)
            .build();
    Properties producer = new Properties(); // those of every engine of a comparison
    producer.put("acks", "all");
    producer.put("linger.ms", "0");
    KafkaSink<T> sink =
        KafkaSink.<T>builder()
            .setBootstrapServers(args[0])
            .setKafkaProducerConfig(producer)
            .setRecordSerializer(out)
            .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
            .build();
    env.fromSource(source, WatermarkStrategy.noWatermarks(), "source").sinkTo(sink);
  }

  /** Hands Kafka's own records on: source and sink are one task, so nothing writes them down. */
  private static final class Whole
      implements KafkaRecordDeserializationSchema<ConsumerRecord<byte[], byte[]>> {
    private static final long serialVersionUID = 1;

    @Override
    public void deserialize(
        ConsumerRecord<byte[], byte[]> record, Collector<ConsumerRecord<byte[], byte[]>> out) {
      out.collect(record);
    }

    @Override
    public TypeInformation<ConsumerRecord<byte[], byte[]>> getProducedType() {
      return TypeInformation.of(new TypeHint<>() {});
    }
  }
}
