package io.streamgauge.trident;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.kafka.spout.Func;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutConfig;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutTopicPartition;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutTransactional;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.trident.operation.TridentCollector;
import org.apache.storm.trident.spout.IPartitionedTridentSpout.Emitter;
import org.apache.storm.trident.topology.TransactionAttempt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Values;

/**
 * What Storm's transactional Kafka spout replays on a real Kafka, without a topology around it. A
 * program, not a test:
 *
 * <pre>java -cp … io.streamgauge.trident.ReplayOnKafka HOST:PORT POLL_TIMEOUT_MS ROUNDS</pre>
 *
 * In each round one emitter emits a batch, and a new one, as after a restart, is asked for the same
 * batch. A line is printed for each case of where the batch lies, with the number of rounds that
 * came out one way or another. The first round is printed by itself: only there is the process as
 * new as after a restart.
 */
public final class ReplayOnKafka {
  private static final int RECORDS = 1000;

  private final String bootstrap;
  private final long pollTimeoutMillis;
  private final String topic = "sg.replay-" + Long.toHexString(System.nanoTime()) + ".b.i.input";
  private final TopicPartition partition = new TopicPartition(topic, 0);
  private final KafkaTridentSpoutTopicPartition key =
      new KafkaTridentSpoutTopicPartition(partition);

  private ReplayOnKafka(String bootstrap, long pollTimeoutMillis) {
    this.bootstrap = bootstrap;
    this.pollTimeoutMillis = pollTimeoutMillis;
  }

  /** See above. */
  public static void main(String[] args) throws Exception {
    ReplayOnKafka r = new ReplayOnKafka(args[0], Long.parseLong(args[1]));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
      for (Fill fill : Fill.values()) {
        admin.createTopics(List.of(new NewTopic(r.topic, 1, (short) 1))).all().get();
        try {
          r.rounds(fill, Integer.parseInt(args[2]));
        } finally {
          admin.deleteTopics(List.of(r.topic)).all().get();
          while (admin.listTopics().names().get().contains(r.topic)) {
            Thread.onSpinWait();
          }
        }
      }
    }
  }

  /** What the topic holds around the batch. */
  private enum Fill {
    PLAIN("records without transactions"),
    COMMITTED("transactions of 10 records"),
    EMPTY("records without transactions; the batch is empty, at the end");

    final String text;

    Fill(String text) {
      this.text = text;
    }
  }

  private void fill(Fill fill) throws Exception {
    Map<String, Object> settings =
        new HashMap<>(Map.of("bootstrap.servers", bootstrap, "acks", "all"));
    if (fill == Fill.COMMITTED) {
      settings.put("transactional.id", topic);
    }
    try (KafkaProducer<byte[], byte[]> p =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      if (fill != Fill.COMMITTED) {
        send(p, RECORDS);
        return;
      }
      p.initTransactions();
      for (int i = 0; i < RECORDS / 10; i++) {
        p.beginTransaction();
        send(p, 10);
        p.commitTransaction();
      }
    }
  }

  private void send(KafkaProducer<byte[], byte[]> p, int n) {
    for (int i = 0; i < n; i++) {
      p.send(new ProducerRecord<>(topic, 0, null, new byte[200]));
    }
    p.flush();
  }

  /** A new emitter, as a new process has it. The batch of 500 is half of the topic. */
  private Emitter<List<Map<String, Object>>, KafkaTridentSpoutTopicPartition, Map<String, Object>>
      emitter(int maxPollRecords) {
    Func<ConsumerRecord<byte[], byte[]>, List<Object>> translator = r -> new Values(r.offset());
    KafkaTridentSpoutConfig<byte[], byte[]> config =
        new KafkaTridentSpoutConfig.Builder<byte[], byte[]>(bootstrap, topic)
            .setProp(
                "key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer")
            .setProp(
                "value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer")
            .setProp("isolation.level", "read_committed")
            .setProp("auto.offset.reset", "earliest")
            .setProp("max.poll.records", maxPollRecords)
            .setRecordTranslator(translator, new Fields("offset"))
            .setPollTimeoutMs(pollTimeoutMillis)
            .build();
    TopologyContext context =
        new TopologyContext(
            new StormTopology(),
            Map.of(),
            Map.of(),
            Map.of(),
            Map.of(),
            Map.of(),
            "topology-1",
            "",
            "",
            1,
            1,
            List.of(1),
            Map.of(),
            Map.of(),
            new HashMap<>(),
            new HashMap<>(),
            new AtomicBoolean(),
            null);
    var emitter = new KafkaTridentSpoutTransactional<>(config).getEmitter(Map.of(), context);
    emitter.refreshPartitions(List.of(key));
    return emitter;
  }

  private static final class Out implements TridentCollector {
    final List<Object> offsets = new ArrayList<>();

    @Override
    public void emit(List<Object> tuple) {
      offsets.add(tuple.get(0));
    }

    @Override
    public void flush() {}

    @Override
    public void reportError(Throwable t) {}
  }

  private void rounds(Fill fill, int rounds) throws Exception {
    fill(fill);
    Map<String, Integer> counts = new HashMap<>();
    String first = null;
    for (int i = 0; i < rounds; i++) {
      String one = round(fill);
      first = first == null ? one : first;
      counts.merge(one, 1, Integer::sum);
    }
    System.out.printf(
        "poll timeout %d ms, %s: first %s; all %s%n", pollTimeoutMillis, fill.text, first, counts);
  }

  private String round(Fill fill) {
    Out batch = new Out();
    Map<String, Object> meta = null;
    var emitter = emitter(fill == Fill.EMPTY ? RECORDS : RECORDS / 2);
    while (batch.offsets.isEmpty()) { // the batch: the first that is not empty
      meta = emit(emitter, batch, meta);
    }
    if (fill == Fill.EMPTY) {
      batch.offsets.clear();
      meta = emit(emitter, batch, meta);
    }
    emitter.close();
    Out again = new Out();
    emitter = emitter(RECORDS);
    try {
      emitter.reEmitPartitionBatch(new TransactionAttempt(1L, 1), again, key, meta);
      return again.offsets.equals(batch.offsets)
          ? "whole"
          : again.offsets.isEmpty()
              ? "empty"
              : again.offsets.size() + " of " + batch.offsets.size();
    } catch (RuntimeException e) {
      return e.getMessage().contains("Overshot") ? "overshot" : e.toString();
    } finally {
      emitter.close();
    }
  }

  private Map<String, Object> emit(
      Emitter<List<Map<String, Object>>, KafkaTridentSpoutTopicPartition, Map<String, Object>>
          emitter,
      Out out,
      Map<String, Object> before) {
    return emitter
        .emitBatchNew(
            new TransactionAttempt(1L, 0),
            out,
            Set.of(key),
            before == null ? Map.of() : Map.of(key, before))
        .get(key);
  }
}
