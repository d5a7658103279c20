package io.streamgauge.sparkrealtime;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.sql.streaming.Trigger;

/**
 * The smallest copy from one topic to another in Real-time Mode, as Spark's guide writes it: what
 * the adapter's job identity is compared with, to see what the contract costs. The settings of
 * Kafka's clients and the batch duration are the adapter's. It ends with the batch in which all has
 * been copied, and prints how much that was with its wall-clock and CPU seconds, its start
 * included. Not a test.
 */
public final class CopyJob {
  private static final Map<String, String> PRODUCER =
      Map.of(
          "kafka.acks", "all",
          "kafka.linger.ms", "0",
          "kafka.compression.type", "none",
          "kafka.buffer.memory", Integer.toString(64 << 20));

  private CopyJob() {}

  /**
   * Copies what the input has, and ends. Arguments: brokers, input, output, how many records there
   * are; then, if they are not 5000 and 2, the batch duration in ms and the partitions of the
   * input.
   */
  public static void main(String[] args) throws Exception {
    long records = Long.parseLong(args[3]);
    long duration = Long.parseLong(args.length > 4 ? args[4] : "5000");
    String slots = args.length > 5 ? args[5] : "2";
    Path checkpoint = Files.createTempDirectory("copy-job-");
    SparkSession spark =
        SparkSession.builder()
            .master("local[" + slots + "]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate();
    StreamingQuery query =
        spark
            .readStream()
            .format("kafka")
            .option("kafka.bootstrap.servers", args[0])
            .option("subscribe", args[1])
            .option("startingOffsets", "earliest")
            .option("includeHeaders", "true")
            .load()
            .select("key", "value", "headers")
            .writeStream()
            .format("kafka")
            .option("kafka.bootstrap.servers", args[0])
            .options(PRODUCER)
            .option("topic", args[2])
            .option("checkpointLocation", checkpoint.toString())
            .outputMode("update")
            .trigger(Trigger.RealTime(duration))
            .start();
    while (query.isActive() && copied(query) < records) { // told at the ends of batches only
      query.awaitTermination(100);
    }
    query.stop();
    System.out.printf(
        "{\"records\": %d, \"seconds\": %.3f, \"cpu_seconds\": %.3f}%n",
        copied(query),
        ManagementFactory.getRuntimeMXBean().getUptime() / 1e3,
        ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime()
            / 1e9);
    System.out.flush();
    Runtime.getRuntime().halt(0); // nothing of it is to be kept
  }

  private static long copied(StreamingQuery query) {
    return Arrays.stream(query.recentProgress())
        .mapToLong(StreamingQueryProgress::numInputRows)
        .sum();
  }
}
