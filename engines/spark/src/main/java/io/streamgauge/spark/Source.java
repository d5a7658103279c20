package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Spark's Kafka source as a stage reads from it, in whatever kind of batches. */
public final class Source {
  private Source() {}

  /** Its settings but for the topic; an adapter adds its own, and the plan's options. */
  public static Map<String, String> options(Plan plan) {
    Map<String, String> m = new LinkedHashMap<>();
    m.put("includeHeaders", "true");
    m.put("startingOffsets", "earliest");
    m.put("groupIdPrefix", plan.prefix());
    Map<String, String> consumer = Clients.consumer(plan);
    consumer.remove("auto.offset.reset"); // Spark's own business, it refuses them
    consumer.remove("enable.auto.commit");
    consumer.forEach((k, v) -> m.put("kafka." + k, v));
    return m;
  }

  /** The records of a topic, in the columns that {@link Columns#in} reads. */
  public static Dataset<Row> of(SparkSession spark, Map<String, String> options, String topic) {
    return spark
        .readStream()
        .format("kafka")
        .options(options)
        .option("subscribe", topic)
        .load()
        .select(Columns.source());
  }
}
