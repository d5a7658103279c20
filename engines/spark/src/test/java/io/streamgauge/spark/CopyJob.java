package io.streamgauge.spark;

import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;

/**
 * The smallest copy from one topic to another, as the guide of Spark's Kafka connector writes it:
 * what the adapter's job identity is compared with, to see what the contract costs. Not a test.
 */
public final class CopyJob {
  private CopyJob() {}

  /**
   * Copies what the topic has, and ends. Arguments: brokers, input, output, checkpoint folder,
   * trigger in ms, task slots.
   */
  public static void main(String[] args) throws Exception {
    SparkSession spark =
        SparkSession.builder()
            .master("local[" + args[5] + "]")
            .config("spark.ui.enabled", "false")
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
            .option("topic", args[2])
            .option("checkpointLocation", args[3])
            .trigger(Trigger.ProcessingTime(Long.parseLong(args[4])))
            .start();
    query.processAllAvailable();
    query.stop();
    spark.stop();
  }
}
