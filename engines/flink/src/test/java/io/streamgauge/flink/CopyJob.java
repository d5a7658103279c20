package io.streamgauge.flink;

import java.nio.file.Files;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A copy of a topic as Flink's documentation of its Kafka connector writes it: values as text, no
 * keys, no headers, no operators. The adapter's job {@code identity} is held against it, to see
 * what the contract costs. Ends at the end of the topic as of its start.
 */
public final class CopyJob {
  private CopyJob() {}

  /**
   * Arguments: bootstrap servers, topic to read, topic to write, and what the topic to read holds,
   * which Flink finds out for itself; then, if wanted, parallelism and interval of checkpoints in
   * ms.
   */
  public static void main(String[] args) throws Exception {
    Configuration configuration =
        Configuration.fromMap(
            Map.of(
                "parallelism.default",
                args.length > 4 ? args[4] : "2",
                "pipeline.object-reuse",
                "true",
                "execution.checkpointing.interval",
                (args.length > 5 ? args[5] : "100") + " ms",
                "execution.checkpointing.dir",
                Files.createTempDirectory("copy").toUri().toString(),
                "execution.checkpointing.storage",
                "filesystem",
                "execution.buffer-timeout.interval",
                "1 ms"));
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);

    KafkaSource<String> source =
        KafkaSource.<String>builder()
            .setBootstrapServers(args[0])
            .setTopics(args[1])
            .setGroupId("copy-" + args[2])
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setBounded(OffsetsInitializer.latest())
            .setValueOnlyDeserializer(new SimpleStringSchema())
            .build();

    Properties producer = new Properties(); // those of every engine of a comparison
    producer.put("acks", "all");
    producer.put("linger.ms", "0");
    KafkaSink<String> sink =
        KafkaSink.<String>builder()
            .setBootstrapServers(args[0])
            .setKafkaProducerConfig(producer)
            .setRecordSerializer(
                KafkaRecordSerializationSchema.builder()
                    .setTopic(args[2])
                    .setValueSerializationSchema(new SimpleStringSchema())
                    .build())
            .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
            .build();

    env.fromSource(source, WatermarkStrategy.noWatermarks(), "source").sinkTo(sink);
    env.execute("copy");
  }
}
