package io.streamgauge.flinkminibatch;

import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/**
 * The job running as Flink's documentation would have it: tables over Kafka, Flink's own JSON, an
 * upsert sink, mini-batches on. Nothing of the contract is in it: no headers, no dead letters, no
 * identity. What the adapter costs beyond it is the adapter's doing.
 */
public final class CopyJob {
  private CopyJob() {}

  /**
   * Arguments: bootstrap servers, topic to read, topic to write, folder for checkpoints,
   * parallelism, checkpoint interval in ms, batch interval in ms.
   */
  public static void main(String[] args) throws Exception {
    Configuration configuration =
        Configuration.fromMap(
            Map.of(
                "parallelism.default", args[4],
                "pipeline.object-reuse", "true",
                "execution.checkpointing.interval", args[5] + " ms",
                "execution.checkpointing.dir", "file://" + args[3],
                "execution.checkpointing.storage", "filesystem",
                "execution.buffer-timeout.interval", "1 ms",
                "table.exec.mini-batch.enabled", "true",
                "table.exec.mini-batch.allow-latency", args[6] + " ms",
                "table.exec.mini-batch.size", "100000"));
    TableEnvironment tables =
        TableEnvironment.create(
            EnvironmentSettings.newInstance().withConfiguration(configuration).build());
    tables.executeSql(
        "CREATE TABLE readings (device_id STRING, `data` ROW<temp DOUBLE>) WITH ("
            + kafka("kafka", args[0], args[1])
            + ", 'properties.group.id' = 'copy-"
            + args[2]
            + "', 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset',"
            + " 'format' = 'json', 'json.ignore-parse-errors' = 'true')");
    tables.executeSql(
        "CREATE TABLE totals (device_id STRING, n BIGINT, total DOUBLE, low DOUBLE, high DOUBLE,"
            + " PRIMARY KEY (device_id) NOT ENFORCED) WITH ("
            + kafka("upsert-kafka", args[0], args[2])
            + ", 'properties.acks' = 'all', 'properties.linger.ms' = '0', 'key.format' = 'raw',"
            + " 'value.format' = 'json')");
    tables
        .executeSql(
            "INSERT INTO totals SELECT device_id, COUNT(*), SUM(`data`.temp), MIN(`data`.temp),"
                + " MAX(`data`.temp) FROM readings WHERE device_id IS NOT NULL GROUP BY device_id")
        .await();
  }

  private static String kafka(String connector, String bootstrap, String topic) {
    return "'connector' = '"
        + connector
        + "', 'properties.bootstrap.servers' = '"
        + bootstrap
        + "', 'topic' = '"
        + topic
        + "'";
  }
}
