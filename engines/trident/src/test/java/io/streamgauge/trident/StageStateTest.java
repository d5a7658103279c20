package io.streamgauge.trident;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.Stamp;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnstableOffsetCommitException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.storm.topology.FailedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A stage that drops repeats, over Kafka's own mock of a producer. */
class StageStateTest {
  private static final TopicPartition PARTITION = new TopicPartition("in", 0);

  @TempDir Path dir;
  private final List<MockProducer<byte[], byte[]>> producers = new ArrayList<>();

  private Plan plan(String guarantee) {
    return Plan.parse(
        "{\"contract\":1,\"partitions\":1,\"guarantee\":\""
            + guarantee
            + "\",\"prefix\":\""
            + UUID.randomUUID()
            + "\","
            + "\"state_dir\":\""
            + dir
            + "\",\"topics\":{\"input\":\"in\",\"stages\":[],\"output\":\"out\",\"registry\":\"\"},"
            + "\"job\":{\"name\":\"j\",\"stages\":[{\"name\":\"a\",\"do\":[{\"dedupe\":{\"span\":64}}]}]}}");
  }

  private MockProducer<byte[], byte[]> producer() {
    MockProducer<byte[], byte[]> p =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    producers.add(p);
    return p;
  }

  private StageState state(Plan plan) {
    return new StageState(
        plan,
        0,
        0,
        () -> {
          if (!plan.exactlyOnce()) {
            return new Sink(plan, 0, producer());
          }
          MockProducer<byte[], byte[]> p = producer();
          p.initTransactions();
          return new TransactionalSink(plan, 0, p, Map.of(0, written()));
        });
  }

  /** What Kafka would tell: the last committed offset of all producers so far. */
  private OffsetAndMetadata written() {
    OffsetAndMetadata last = TransactionalSink.NOTHING;
    for (MockProducer<byte[], byte[]> p : producers) {
      for (Map<String, Map<TopicPartition, OffsetAndMetadata>> offsets :
          p.consumerGroupOffsetsHistory()) {
        last = offsets.values().iterator().next().get(PARTITION);
      }
    }
    return last;
  }

  private int sent() {
    return producers.stream().mapToInt(p -> p.history().size()).sum();
  }

  private static void batch(Plan plan, StageState state, long txid, int from, int to) {
    batch(plan, state, txid, from, to, 0);
  }

  /** Sequences are as offsets, or so much behind. */
  private static void batch(Plan plan, StageState state, long txid, int from, int to, int behind) {
    state.beginCommit(txid);
    for (int i = from; i < to; i++) {
      apply(plan, state, i, i - behind);
    }
    state.end();
    state.commit(txid);
  }

  private static void apply(Plan plan, StageState state, int offset, int sequence) {
    byte[] sg = new Stamp(0, 0, 1, sequence, 0, 0).toBytes();
    byte[] time = Headers.time(offset);
    InRecord in = new InRecord(0, offset, new byte[] {'k'}, new byte[] {'v'}, sg, time, null);
    state.apply(in, BeforeState.step(Trial.of(plan).stage(0), in));
  }

  @Test
  void aTransactionHoldsResultsOffsetsAndTransactionId() {
    Plan plan = plan("exactly-once");
    batch(plan, state(plan), 7, 0, 3);
    MockProducer<byte[], byte[]> p = producers.get(0);
    assertEquals(3, p.history().size());
    assertEquals(1, p.commitCount());
    assertEquals(
        List.of(
            Map.of(plan.prefix() + ".stage-0", Map.of(PARTITION, new OffsetAndMetadata(3, "7")))),
        p.consumerGroupOffsetsHistory());
  }

  @ParameterizedTest
  @ValueSource(strings = {"exactly-once", "at-least-once"})
  void aBatchThatComesAgainGivesNothing(String guarantee) {
    Plan plan = plan(guarantee);
    StageState state = state(plan);
    batch(plan, state, 1, 0, 3);
    batch(plan, state, 1, 0, 3);
    batch(plan, state(plan), 1, 0, 3);
    assertEquals(3, sent());
    batch(plan, state(plan), 2, 3, 6, 1); // the first of them is a repeat
    assertEquals(5, sent());
  }

  /**
   * A failed commit takes the state back with it, or the records would be dropped as repeats when
   * they come again.
   */
  @ParameterizedTest
  @ValueSource(strings = {"exactly-once", "at-least-once"})
  void aBatchThatFailedGivesItAll(String guarantee) {
    Plan plan = plan(guarantee);
    StageState state = state(plan);
    batch(plan, state, 1, 0, 2);
    int txid = 2;
    for (RuntimeException e :
        List.of(
            new TimeoutException("slow"),
            new ProducerFencedException("the transaction lasted too long"))) {
      MockProducer<byte[], byte[]> failing = producers.get(producers.size() - 1);
      fail(failing, e);
      int next = txid++;
      assertThrows(FailedException.class, () -> batch(plan, state, next, 2 * next, 2 * next + 2));
      assertTrue(failing.closed());
      assertFalse(Trial.of(plan).fault().isDone(), "no fault: the batch comes again");
      batch(plan, state, next, 2 * next, 2 * next + 2);
      assertEquals(2, producers.get(producers.size() - 1).history().size());
    }
  }

  private static void fail(MockProducer<byte[], byte[]> p, RuntimeException e) {
    p.commitTransactionException = e;
    p.flushException = e;
  }

  /** The task of a worker that was ended, and has not noticed yet. */
  @ParameterizedTest
  @ValueSource(strings = {"exactly-once", "at-least-once"})
  void aTaskThatWasReplacedKeepsNothing(String guarantee) {
    Plan plan = plan(guarantee);
    StageState old = state(plan);
    batch(plan, old, 1, 0, 2);
    old.beginCommit(2L);
    StageState next = state(plan);
    assertThrows(FailedException.class, () -> old.commit(2L));
    batch(plan, next, 2, 2, 4);
    assertEquals(2, producers.get(1).history().size());
  }

  @Test
  void aTaskThatWasReplacedOpensNothing() {
    Plan plan = plan("at-least-once");
    StageState old = state(plan);
    old.beginCommit(1L);
    StageState next = state(plan);
    assertThrows(FailedException.class, () -> apply(plan, old, 0, 0));
    assertFalse(Files.exists(dir.resolve("stage-0")), "a log");
    batch(plan, next, 1, 0, 2);
    assertEquals(2, sent());
  }

  /** As where ZooKeeper's data are gone, or two workers have cut the stream into batches. */
  @ParameterizedTest
  @CsvSource({"1, 0, 4", "1, 0, 2", "2, 0, 3", "2, 1, 2", "2, 2, 5"})
  void aTransactionIdThatStandsForOtherRecordsIsAFault(long txid, int from, int to) {
    Plan plan = plan("exactly-once");
    batch(plan, state(plan), 1, 0, 3);
    assertThrows(FailedException.class, () -> batch(plan, state(plan), txid, from, to));
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> Trial.of(plan).fault().get());
    assertTrue(e.getCause().getCause().getMessage().contains("up to offset 2"), e.toString());
    assertEquals(0, producers.get(1).commitCount());
  }

  @Test
  void whatKafkaDoesNotTellYetIsNotNothing() {
    Map<TopicPartition, OffsetAndMetadata> told = new HashMap<>();
    told.put(PARTITION, null);
    told.put(new TopicPartition("in", 2), new OffsetAndMetadata(30, "7"));
    Plan plan = plan("exactly-once");
    try (TransactionalSink sink =
        new TransactionalSink(plan, 0, producer(), TransactionalSink.byPartition(told))) {
      assertEquals(0, sink.written(0));
      assertEquals(7, sink.written(2));
      assertThrows(UnstableOffsetCommitException.class, () -> sink.written(1));
    }
  }

  /** It would end the transaction that its successor has open. */
  @Test
  void aTaskThatWasReplacedOpensNoProducer() {
    Plan plan = plan("exactly-once");
    StageState old = state(plan);
    StageState next = state(plan);
    assertThrows(FailedException.class, () -> old.beginCommit(1L));
    assertEquals(List.of(), producers);
    batch(plan, next, 1, 0, 2);
    assertEquals(2, sent());
  }

  @Test
  void whatNoReplayMendsIsAFault() {
    Plan plan = plan("at-least-once");
    StageState state = state(plan);
    batch(plan, state, 1, 0, 2);
    fail(producers.get(0), new RecordTooLargeException("large"));
    assertThrows(FailedException.class, () -> batch(plan, state, 2, 2, 6));
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> Trial.of(plan).fault().get());
    assertTrue(e.getCause().getCause() instanceof RecordTooLargeException, e.toString());
  }
}
