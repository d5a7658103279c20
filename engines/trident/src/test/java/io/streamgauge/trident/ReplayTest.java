package io.streamgauge.trident;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Records;
import io.streamgauge.joblib.record.InRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.kafka.spout.Func;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutConfig;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutTopicPartition;
import org.apache.storm.kafka.spout.trident.StormReplay;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.FailedException;
import org.apache.storm.trident.operation.TridentCollector;
import org.apache.storm.trident.spout.IPartitionedTridentSpout.Emitter;
import org.apache.storm.trident.spout.ITridentSpout.BatchCoordinator;
import org.apache.storm.trident.topology.TransactionAttempt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Values;
import org.junit.jupiter.api.Test;

/**
 * A replayed batch as Storm's own emitter gives it, and as ours does. The emitters are the real
 * ones; the consumer is Kafka's own mock, so that each poll brings what the test says. The tests of
 * Storm's emitter hold its defects down: one that fails after an update means that a defect is
 * gone.
 */
class ReplayTest {
  private static final TopicPartition PARTITION = new TopicPartition("in", 0);
  private static final KafkaTridentSpoutTopicPartition KEY =
      new KafkaTridentSpoutTopicPartition(PARTITION);

  private final KafkaTridentSpoutConfig<byte[], byte[]> config = config();
  private final Out out = new Out();
  private int transaction;

  private static KafkaTridentSpoutConfig<byte[], byte[]> config() {
    Func<ConsumerRecord<byte[], byte[]>, List<Object>> translator = r -> new Values(Records.in(r));
    return new KafkaTridentSpoutConfig.Builder<byte[], byte[]>("nowhere:1", "in")
        .setRecordTranslator(translator, new Fields("record"))
        .setPollTimeoutMs(1)
        .build();
  }

  private static final class Out implements TridentCollector {
    final List<Long> offsets = new ArrayList<>();

    @Override
    public void emit(List<Object> tuple) {
      offsets.add(((InRecord) tuple.get(0)).offset());
    }

    @Override
    public void flush() {}

    @Override
    public void reportError(Throwable t) {}
  }

  /**
   * A consumer at the partition, whose polls bring records of these offsets, one list each, and
   * then nothing.
   */
  @SafeVarargs
  private static MockConsumer<byte[], byte[]> consumer(List<Long>... polls) {
    MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
    consumer.assign(List.of(PARTITION));
    consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
    for (List<Long> poll : polls) {
      consumer.schedulePollTask(
          () ->
              poll.forEach(
                  o ->
                      consumer.addRecord(
                          new ConsumerRecord<>("in", 0, o, new byte[0], new byte[0]))));
    }
    return consumer;
  }

  static TopologyContext context() {
    return new TopologyContext(
        new StormTopology(),
        Map.of(),
        Map.of(1, "spout"),
        Map.of("spout", List.of(1)),
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
  }

  private Emitter<List<Map<String, Object>>, KafkaTridentSpoutTopicPartition, Map<String, Object>>
      storm(MockConsumer<byte[], byte[]> consumer) {
    return StormReplay.emitter(config, context(), consumer);
  }

  /** Ours over Storm's, as in a new process; {@code again} is the consumer of replays. */
  private ExactEmitter ours(
      MockConsumer<byte[], byte[]> consumer, MockConsumer<byte[], byte[]> again) {
    return new ExactEmitter(
        storm(consumer), new BatchReader(config, settings -> again), trial(), 0);
  }

  private static Trial trial() {
    return Trial.of(
        Plan.parse(
            "{\"contract\":1,\"partitions\":1,\"guarantee\":\"exactly-once\",\"prefix\":\"test\","
                + "\"topics\":{\"input\":\"in\",\"stages\":[],\"registry\":\"\"},\"job\":{\"name\":\"j\",\"stages\":[{\"name\":\"a\",\"do\":[]}]}}"));
  }

  private TransactionAttempt next() {
    return new TransactionAttempt((long) ++transaction, 0);
  }

  private Map<String, Object> emit(
      Emitter<List<Map<String, Object>>, KafkaTridentSpoutTopicPartition, Map<String, Object>>
          emitter,
      Map<String, Object> before) {
    Map<KafkaTridentSpoutTopicPartition, Map<String, Object>> last =
        before == null ? Map.of() : Map.of(KEY, before);
    return emitter.emitBatchNew(next(), out, Set.of(KEY), last).get(KEY);
  }

  private List<Long> replay(
      Emitter<List<Map<String, Object>>, KafkaTridentSpoutTopicPartition, Map<String, Object>>
          emitter,
      Map<String, Object> meta) {
    out.offsets.clear();
    emitter.reEmitPartitionBatch(new TransactionAttempt((long) transaction, 1), out, KEY, meta);
    return out.offsets;
  }

  @Test
  void stormLosesABatchWhosePollIsEmpty() {
    Map<String, Object> batch = emit(storm(consumer(List.of(0L, 1L, 2L))), null);
    assertEquals(List.of(0L, 1L, 2L), out.offsets);
    assertEquals(List.of(), replay(storm(consumer(List.of(), List.of(0L, 1L, 2L))), batch));
  }

  @Test
  void stormLosesWhatTheFirstPollDoesNotBring() {
    Map<String, Object> batch = emit(storm(consumer(List.of(0L, 1L, 2L))), null);
    assertEquals(List.of(0L), replay(storm(consumer(List.of(0L), List.of(1L, 2L))), batch));
  }

  @Test
  void oursReadsOn() {
    Map<String, Object> batch = emit(ours(consumer(List.of(0L, 1L, 2L)), null), null);
    MockConsumer<byte[], byte[]> again =
        consumer(List.of(), List.of(0L), List.of(), List.of(1L, 2L, 3L));
    assertEquals(List.of(0L, 1L, 2L), replay(ours(consumer(), again), batch));
    assertTrue(again.closed());
  }

  /** Offset 2 is the mark that ends the transaction of 0 and 1. */
  @Test
  void stormFailsForEverBeforeATransactionMarker() {
    Map<String, Object> batch = emit(storm(consumer(List.of(0L, 1L))), null);
    RuntimeException e =
        assertThrows(
            RuntimeException.class, () -> replay(storm(consumer(List.of(0L, 1L, 3L))), batch));
    assertTrue(e.getMessage().contains("Overshot the end of the batch"), e.getMessage());
  }

  @Test
  void oursStopsBeforeATransactionMarker() {
    Map<String, Object> batch = emit(ours(consumer(List.of(0L, 1L)), null), null);
    assertEquals(List.of(0L, 1L), replay(ours(consumer(), consumer(List.of(0L, 1L, 3L))), batch));
  }

  @Test
  void stormReplaysAnEmptyBatchAsTheRecordBefore() {
    var emitter = storm(consumer(List.of(0L, 1L, 2L)));
    Map<String, Object> empty = emit(emitter, emit(emitter, null));
    assertEquals(List.of(0L, 1L, 2L), out.offsets);
    assertEquals(List.of(2L), replay(storm(consumer(List.of(0L, 1L, 2L))), empty));
  }

  @Test
  void oursReplaysAnEmptyBatchAsEmpty() {
    var emitter = ours(consumer(List.of(0L, 1L, 2L)), null);
    Map<String, Object> empty = emit(emitter, emit(emitter, null));
    assertEquals(List.of(), replay(ours(consumer(), consumer(List.of(0L, 1L, 2L))), empty));
  }

  /** A batch goes on where the one before ended, also an empty one, replayed or not. */
  @Test
  void theNextBatchGoesOnBehind() {
    Map<String, Object> first = emit(ours(consumer(List.of(0L, 1L, 2L)), null), null);
    out.offsets.clear();
    var emitter = ours(consumer(List.of(0L, 1L, 2L, 3L, 4L)), null);
    Map<String, Object> second = emit(emitter, first);
    assertEquals(List.of(3L, 4L), out.offsets);
    Map<String, Object> empty = emit(emitter, second);
    out.offsets.clear();
    emit(ours(consumer(List.of(0L, 1L, 2L, 3L, 4L, 5L)), null), empty);
    assertEquals(List.of(5L), out.offsets);
  }

  @Test
  void stormFailsWithoutMetadata() {
    assertThrows(NullPointerException.class, () -> replay(storm(consumer()), null));
  }

  @Test
  void oursTakesNoMetadataForNothing() {
    assertEquals(List.of(), replay(ours(consumer(), consumer(List.of(0L))), null));
  }

  /** Or what is known of the partition would be forgotten with the batch: see ZooKeeperTest. */
  @Test
  void oursTellsOfABatchWithoutMetadata() {
    Progress progress = trial().progress(0);
    assertTrue(progress.complete(7));
    ours(consumer(), null).reEmitPartitionBatch(new TransactionAttempt(7L, 1), out, KEY, null);
    assertFalse(progress.complete(7));
    assertTrue(progress.complete(8));
  }

  /** As where several batches are under way: the next was sent before one failed. */
  @Test
  void noBatchIsReadBeforeOneThatFailed() {
    MockConsumer<byte[], byte[]> consumer = consumer(List.of(), List.of(0L, 1L), List.of(2L));
    consumer.setPollException(new TimeoutException("slow"));
    ExactEmitter emitter = ours(consumer, null);
    assertThrows(FailedException.class, () -> emitNew(emitter, 1, Map.of()));
    assertThrows(FailedException.class, () -> emitNew(emitter, 2, Map.of()));
    assertEquals(List.of(), out.offsets);
    Map<String, Object> first = emitNew(emitter, 1, Map.of());
    assertEquals(List.of(0L, 1L), out.offsets);
    assertThrows(FailedException.class, () -> emitNew(emitter, 3, Map.of(KEY, first)));
    emitNew(emitter, 2, Map.of(KEY, first));
    assertEquals(List.of(0L, 1L, 2L), out.offsets);
  }

  /** As where Kafka does not tell in time which partitions there are, before anything was read. */
  @Test
  void noBatchBeginsBeforeOneThatCouldNot() {
    SlowAtFirst coordinator = new SlowAtFirst(new ArrayList<>());
    StageSpout.Gate gate = new StageSpout.Gate(coordinator, trial(), 0, new Pace(0));
    assertThrows(FailedException.class, () -> gate.initializeTransaction(5, null, null));
    assertThrows(FailedException.class, () -> gate.initializeTransaction(6, null, null));
    gate.initializeTransaction(5, null, null);
    gate.initializeTransaction(6, null, null);
    assertEquals(List.of(5L, 5L, 6L), coordinator.asked);
  }

  private record SlowAtFirst(List<Long> asked) implements BatchCoordinator<Object> {
    @Override
    public Object initializeTransaction(long txid, Object before, Object current) {
      asked.add(txid);
      if (asked.size() == 1) {
        throw new TimeoutException("slow");
      }
      return "partitions";
    }

    @Override
    public void success(long txid) {}

    @Override
    public boolean isReady(long txid) {
      return true;
    }

    @Override
    public void close() {}
  }

  private Map<String, Object> emitNew(
      ExactEmitter emitter,
      long txid,
      Map<KafkaTridentSpoutTopicPartition, Map<String, Object>> before) {
    TransactionAttempt tx = new TransactionAttempt(txid, 0);
    return emitter.emitBatchNew(tx, out, Set.of(KEY), before).get(KEY);
  }

  /**
   * Where the topic has lost the records there is no replay, and no other records in their place.
   */
  @Test
  void oursAsksForNoOtherRecords() {
    Map<String, Object> batch = emit(ours(consumer(List.of(0L, 1L, 2L)), null), null);
    BatchReader reader =
        new BatchReader(
            config,
            settings -> {
              assertEquals("none", settings.get("auto.offset.reset"));
              return consumer(List.of(0L, 1L, 2L));
            });
    replay(new ExactEmitter(storm(consumer()), reader, trial(), 0), batch);
  }
}
