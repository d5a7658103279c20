package io.streamgauge.sparkdstream;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.spark.SparkConf;
import org.apache.spark.streaming.Duration;

/** What a plan and its options mean in settings of Spark and of Kafka's clients. */
final class Settings {
  /** Spark and its Kafka connector: the last released pair. */
  static final String VERSION = "3.5.1";

  private static final List<String> OPTIONS =
      List.of(
          "max_records_per_partition",
          "backpressure",
          "batches_in_flight",
          "state_checkpoint_ms",
          "min_batch_interval_ms",
          "checkpoint");

  /** Of a partition in a batch, in a job with state. */
  private static final long STATEFUL_RECORDS = 10_000;

  /** The same in a job of large messages, of which most are small; see {@link #largeRecords}. */
  private static final long LEAST_LARGE_RECORDS = 100;

  private static final int PART_OF_HEAP = 8;

  /** What spark-submit has made of its arguments and files, for the hello line. */
  private static final List<String> SUBMITTED =
      List.of("spark.executor.memory", "spark.executor.cores", "spark.cores.max");

  private final Plan plan;

  Settings(Plan plan) {
    this.plan = plan;
    plan.options()
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!OPTIONS.contains(name)) {
                throw new IllegalArgumentException(
                    "unknown option \"" + name + "\"; want one of " + OPTIONS);
              }
            });
  }

  private long option(String name, long otherwise, long least) {
    JsonNode n = plan.options().path(name);
    if (n.isMissingNode()) {
      return otherwise;
    }
    if (!n.isIntegralNumber() || n.asLong() < least) {
      throw new IllegalArgumentException(
          "option " + name + ": " + n + "; want a whole number of at least " + least);
    }
    return n.asLong();
  }

  /**
   * How often a batch is cut. Half a second is what Spark's guide calls a good minimum: each batch,
   * even an empty one, is planned and written into two checkpoints.
   */
  Duration batch() {
    return new Duration(
        Math.max(plan.batchIntervalMillis(), option("min_batch_interval_ms", 500, 1)));
  }

  /**
   * How often the state of mapWithState is written to disk, in whole batches. What lies between two
   * writings is made again from Kafka after a crash. Spark's own default is every tenth batch.
   */
  Duration stateCheckpoint() {
    return batch().times((int) stateCheckpointBatches());
  }

  private long stateCheckpointBatches() {
    return (option("state_checkpoint_ms", 20_000, 1) + batch().milliseconds() - 1)
        / batch().milliseconds();
  }

  /**
   * Batches in a row without a record that a stage with state may pass over. The state of those is
   * made with the next one, and so may be its writing to disk; that must not fall behind what Spark
   * remembers to go on from it: the offsets of twice as many batches as lie between two writings.
   */
  int maxIdle() {
    return (int) stateCheckpointBatches() - 1;
  }

  /** How many batches with records may be there that have not ended; 0: any number. */
  int batchesInFlight() {
    return (int) option("batches_in_flight", 2, 0);
  }

  /** The application's configuration. */
  SparkConf spark() {
    SparkConf conf = new SparkConf(plan.onCluster()); // with what spark-submit has set
    sparkSettings().forEach(conf::set);
    return conf;
  }

  private Map<String, String> sparkSettings() {
    Map<String, String> m = new LinkedHashMap<>(place());
    m.put("spark.app.name", plan.prefix());
    m.put("spark.ui.enabled", "false");
    m.put("spark.serializer", "org.apache.spark.serializer.KryoSerializer");
    m.put("spark.kryo.registrator", Registrator.class.getName());
    m.put(
        "spark.streaming.backpressure.enabled",
        Boolean.toString(plan.options().path("backpressure").asBoolean()));
    m.put(
        "spark.streaming.concurrentJobs",
        "1"); // more would let batches and stages overtake each other
    // What is usual needs saying where a cluster has defaults of its own.
    m.put("spark.speculation", "false"); // a task that runs twice at once writes twice
    m.put(
        "spark.streaming.kafka.allowNonConsecutiveOffsets",
        "false"); // records that Kafka has lost would be passed over
    m.put("spark.streaming.gracefulStopTimeout", plan.stopMillis() / 2 + "ms");
    return m;
  }

  /** Where Spark is: in this process, on a cluster of this machine, or elsewhere. */
  private Map<String, String> place() {
    Map<String, String> m = new LinkedHashMap<>();
    m.put(
        "spark.master",
        plan.onCluster() ? plan.address("master") : "local[" + plan.parallelism() + "]");
    if (plan.onCluster()) {
      SUBMITTED.stream()
          .filter(name -> System.getProperty(name) != null)
          .forEach(name -> m.put(name, System.getProperty(name)));
    }
    if (onThisMachine()) {
      m.put("spark.driver.host", "127.0.0.1");
      m.put("spark.driver.bindAddress", "127.0.0.1");
      m.put("spark.hadoop." + LocalFiles.SETTING, LocalFiles.class.getName());
    }
    return m;
  }

  /**
   * Says where the driver listens in properties of Java too. A checkpoint gives back all settings
   * but these: after a restart the driver would listen on the machine's own address, and could not
   * start where its name has none.
   */
  void listenHere() {
    for (Map.Entry<String, String> e : place().entrySet()) {
      if (e.getKey().startsWith("spark.driver.")) {
        System.setProperty(e.getKey(), e.getValue());
      }
    }
  }

  private boolean onThisMachine() {
    return !plan.onCluster() || plan.onOwnCluster();
  }

  /**
   * Where Spark keeps offsets and state: in the state folder, or where the option says, which all
   * machines of a cluster must see.
   */
  String checkpoint() {
    String root = plan.options().path("checkpoint").asText();
    if (!root.isEmpty()) {
      return root + "/" + plan.prefix();
    }
    if (!onThisMachine()) {
      throw new IllegalArgumentException(
          "option checkpoint is missing: a folder that all machines of the cluster see, such as"
              + " hdfs://HOST:PORT/streamgauge");
    }
    return plan.stateDir().resolve("checkpoint").toUri().toString();
  }

  /** Settings of Hadoop for reading a checkpoint before there is an application. */
  Configuration files() {
    return onThisMachine() ? LocalFiles.configuration() : new Configuration();
  }

  /**
   * Records per second and partition. Spark's bound is per second; ours is per batch, because a
   * batch's answers have to fit into memory where they come out of mapWithState.
   */
  long maxRate(boolean stateful) {
    long otherwise = plan.job().payloads() ? largeRecords() : stateful ? STATEFUL_RECORDS : 200_000;
    long records = option("max_records_per_partition", otherwise, 1);
    return Math.max(1, records * 1000 / batch().milliseconds());
  }

  /**
   * So many that a part of the heap holds the batch of one stage, of the partitions that run at
   * once: Kafka counts records and cannot count bytes, so they count as the largest. A batch is
   * written down before it runs, and one that does not fit comes again after each restart.
   */
  private long largeRecords() {
    long heap = plan.heapBytes() > 0 ? plan.heapBytes() : Runtime.getRuntime().maxMemory();
    long atOnce = Math.min(plan.parallelism(), plan.partitions());
    long fit = heap / PART_OF_HEAP / plan.maxRecordBytes() / atOnce;
    return Math.max(LEAST_LARGE_RECORDS, Math.min(STATEFUL_RECORDS, fit));
  }

  /** For the consumers of a stage's stream, on the driver and in executors. */
  Map<String, Object> consumer(int stage) {
    Map<String, Object> m = Clients.objects(Clients.consumer(plan));
    m.put("group.id", group(stage));
    m.put("key.deserializer", ByteArrayDeserializer.class);
    m.put("value.deserializer", ByteArrayDeserializer.class);
    return m;
  }

  /**
   * For the consumer that reads records again, by their offsets: it is in no group. What it is
   * asked for is there. A poll sends the next fetch before it returns; where that waits at the end
   * of the topic for more to come, no other goes to its broker, and the next message would wait
   * with it.
   */
  Map<String, Object> lookup() {
    Map<String, Object> m = Clients.objects(Clients.consumer(plan));
    m.put("auto.offset.reset", "none"); // one that is gone is an error
    m.put("fetch.max.wait.ms", "0");
    m.put("key.deserializer", ByteArrayDeserializer.class);
    m.put("value.deserializer", ByteArrayDeserializer.class);
    return m;
  }

  /** For the producer of a process. */
  Map<String, Object> producer() {
    Map<String, Object> m = Clients.objects(Clients.producer(plan));
    m.put("key.serializer", ByteArraySerializer.class);
    m.put("value.serializer", ByteArraySerializer.class);
    return m;
  }

  /** The consumer group in which a stage's offsets are committed. */
  String group(int stage) {
    return plan.prefix() + ".stage-" + stage;
  }

  /** For the hello line: names of Spark and of Kafka's clients. */
  Map<String, Object> effective() {
    Map<String, Object> m = new LinkedHashMap<>(sparkSettings());
    m.put("batch interval ms", batch().milliseconds());
    m.put("state checkpoint interval ms", stateCheckpoint().milliseconds());
    if (plan.job().payloads()) {
      m.put("spark.streaming.kafka.maxRatePerPartition", maxRate(true)); // by Admission
    }
    m.put("guarantee", "at-least-once");
    m.put("parallelism", plan.parallelism());
    for (String name :
        new TreeSet<>(
            List.of(
                "acks", "linger.ms", "compression.type", "buffer.memory", "max.request.size"))) {
      m.put(name, Clients.producer(plan).get(name));
    }
    for (String name :
        new TreeSet<>(List.of("isolation.level", "fetch.min.bytes", "fetch.max.wait.ms"))) {
      m.put(name, Clients.consumer(plan).get(name));
    }
    m.put("java", System.getProperty("java.version"));
    m.put("heap bytes", Runtime.getRuntime().maxMemory());
    return m;
  }
}
