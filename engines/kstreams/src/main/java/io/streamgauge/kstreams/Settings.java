package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.StreamsConfig;

/** The settings of Kafka Streams for a plan. */
final class Settings {
  /**
   * How often closed windows are looked for; internal to Kafka Streams, 1 s unless set, and then
   * the last ones stay inside.
   */
  private static final String EMIT_INTERVAL =
      StreamsConfig.InternalConfig.EMIT_INTERVAL_MS_KSTREAMS_WINDOWED_AGGREGATION;

  /** What Kafka Streams sets itself, by the guarantee, and warns about when others do. */
  private static final List<String> ITS_OWN =
      List.of(
          ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
          ConsumerConfig.ISOLATION_LEVEL_CONFIG,
          ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
          ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG);

  /**
   * A large record comes in a fetch of its own and fills a queue: so many bytes may wait in each
   * partition's.
   */
  private static final long QUEUE_BYTES = 64 << 20;

  private static final long USUAL_RECORD = 1_000_000; // what a topic takes unless told otherwise

  private static final long QUEUE_RECORDS = 1000; // Kafka Streams' defaults

  private static final String FOREVER = Long.toString(Long.MAX_VALUE);

  private Settings() {}

  /** All settings that are not Kafka Streams' defaults. */
  static Map<String, String> of(Plan plan, Options options) {
    Map<String, String> common = Clients.common(plan);
    Map<String, String> m = new LinkedHashMap<>(common);
    m.put(StreamsConfig.APPLICATION_ID_CONFIG, plan.prefix());
    m.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee(plan));
    m.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, Long.toString(plan.commitIntervalMillis()));
    m.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, Integer.toString(plan.parallelism()));
    m.put(StreamsConfig.STATE_DIR_CONFIG, plan.stateDir().toString());
    m.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, "0");
    m.put(EMIT_INTERVAL, "0");
    queues(plan, m);
    // Static members: one that comes back after a kill takes its old place at once. So the session
    // timeout can stay as long as
    // Kafka has it, and a pause is not taken for a death.
    m.put(
        StreamsConfig.MAIN_CONSUMER_PREFIX + ConsumerConfig.GROUP_INSTANCE_ID_CONFIG,
        plan.prefix());
    internalTopics(plan, m);
    clients(StreamsConfig.PRODUCER_PREFIX, Clients.producer(plan), common, m);
    if (!plan.exactlyOnce()) {
      // A producer that was not asked for it gives it up where another setting is against it, and
      // says so in its log alone; one that was refuses that setting.
      m.put(StreamsConfig.PRODUCER_PREFIX + ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
    }
    clients(StreamsConfig.MAIN_CONSUMER_PREFIX, Clients.consumer(plan), common, m);
    options.streams().keySet().forEach(name -> giveWay(name, m));
    m.putAll(options.streams());
    return m;
  }

  /** What the user sets for more clients than ours wins too; Kafka Streams has it otherwise. */
  private static void giveWay(String name, Map<String, String> m) {
    String ofConsumers =
        name.startsWith(StreamsConfig.CONSUMER_PREFIX)
            ? name.substring(StreamsConfig.CONSUMER_PREFIX.length())
            : name;
    m.remove(StreamsConfig.MAIN_CONSUMER_PREFIX + ofConsumers);
    m.remove(StreamsConfig.PRODUCER_PREFIX + name);
  }

  /** The plan's guarantee, as Kafka Streams calls it. */
  static String guarantee(Plan plan) {
    return plan.exactlyOnce() ? StreamsConfig.EXACTLY_ONCE_V2 : StreamsConfig.AT_LEAST_ONCE;
  }

  private static void queues(Plan plan, Map<String, String> m) {
    long records =
        Math.max(1, Math.min(QUEUE_RECORDS, QUEUE_BYTES / Math.max(1, plan.maxRecordBytes())));
    m.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, Long.toString(records));
    m.put(
        StreamsConfig.MAIN_CONSUMER_PREFIX + ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
        Long.toString(records));
  }

  /**
   * Changelogs have event time on their records: a broker must neither refuse them for it, nor
   * delete them, nor roll by it.
   */
  private static void internalTopics(Plan plan, Map<String, String> m) {
    topic(m, TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "CreateTime");
    topic(m, TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG, FOREVER);
    topic(m, TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, FOREVER);
    topic(m, TopicConfig.SEGMENT_MS_CONFIG, FOREVER);
    topic(m, TopicConfig.RETENTION_MS_CONFIG, "-1");
    topic(m, TopicConfig.RETENTION_BYTES_CONFIG, "-1");
    if (plan.maxRecordBytes() > USUAL_RECORD) { // the changelog of reassemble holds chunks
      topic(m, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Long.toString(plan.maxRecordBytes() + 4096));
    }
  }

  private static void topic(Map<String, String> m, String name, String value) {
    m.put(
        StreamsConfig.TOPIC_PREFIX + name,
        value); // its method would load all of the class before the hello line
  }

  private static void clients(
      String prefix,
      Map<String, String> settings,
      Map<String, String> common,
      Map<String, String> m) {
    settings.forEach(
        (k, v) -> {
          // What a client of its kind has otherwise than all: a size in the user's file is not its
          // limit.
          if (!v.equals(common.get(k)) && !ITS_OWN.contains(k)) {
            m.put(prefix + k, v);
          }
        });
  }

  /** As Kafka Streams takes them. */
  static Properties properties(Plan plan, Options options, Commits commits) {
    Properties p = new Properties();
    p.putAll(of(plan, options));
    p.put(
        StreamsConfig.MAIN_CONSUMER_PREFIX + ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG,
        Commits.Interceptor.class.getName());
    p.put(StreamsConfig.MAIN_CONSUMER_PREFIX + Commits.SETTING, commits);
    return p;
  }
}
