package io.streamgauge.spark;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;

/**
 * The smallest copy from one topic to another, as the guide of Spark's Kafka connector writes it:
 * what the adapter's job identity is compared with, to see what the contract costs. The settings of
 * Kafka's clients and the interval are the adapter's. Not a test.
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
   * are at least; then, if they are not 500 and 2, the batch interval in ms and the task slots.
   */
  public static void main(String[] args) throws Exception {
    long records = Long.parseLong(args[3]);
    String interval = args.length > 4 ? args[4] : "500";
    String slots = args.length > 5 ? args[5] : "2";
    Path checkpoint = Files.createTempDirectory("copy-job-");
    SparkSession spark = open(slots);
    StreamingQuery query = copy(spark, args, checkpoint, Long.parseLong(interval));
    query.processAllAvailable();
    long copied = Arrays.stream(query.recentProgress()).mapToLong(p -> p.numInputRows()).sum();
    query.stop();
    spark.stop();
    Scratch.clear(checkpoint);
    Files.delete(checkpoint);
    System.out.println("copied " + copied);
    if (copied < records) {
      throw new IllegalStateException("the input has " + copied + " records, not " + records);
    }
  }

  private static SparkSession open(String slots) {
    return SparkSession.builder()
        .master("local[" + slots + "]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate();
  }

  private static StreamingQuery copy(
      SparkSession spark, String[] args, Path checkpoint, long interval) throws Exception {
    return spark
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
        .trigger(Trigger.ProcessingTime(interval))
        .start();
  }
}
