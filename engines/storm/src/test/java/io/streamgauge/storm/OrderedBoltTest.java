package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Registry;
import io.streamgauge.joblib.operator.Stage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.storm.state.InMemoryKeyValueState;
import org.apache.storm.state.KeyValueState;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.Values;
import org.junit.jupiter.api.Test;

class OrderedBoltTest {
  private static final long FIRST = RecordFields.FIRST;

  private final KeyValueState<String, byte[]> state = new InMemoryKeyValueState<>();
  private final List<Tuple> acked = new ArrayList<>();
  private final List<List<Object>> windowed = new ArrayList<>();
  private final List<Throwable> reported = new ArrayList<>();
  private MockProducer<byte[], byte[]> producer;
  private long checkpoints;

  private static Plan plan(String operator) {
    return Plan.parse(
        """
        {"contract": 1, "run": "r", "prefix": "p", "guarantee": "at-least-once", "partitions": 1, "parallelism": 1, "commit_interval_ms": 100,
         "topics": {"input": "in", "stages": ["middle"], "output": "out", "deadletter": "dead", "registry": ""},
         "job": {"name": "j", "reading": {"device": "id", "time": {"path": "t"}, "metrics": {"x": {"path": "x"}}},
          "event_time": {"lateness_ms": 5000},
          "stages": [{"name": "decode", "do": [{"decode": {}}]}, {"name": "memory", "do": [%s]}]}}
        """
            .formatted(operator));
  }

  /** A bolt that begins with what the state has, as after a crash. */
  private OrderedBolt start(String operator) {
    Plan plan = plan(operator);
    Options options = Options.of(plan);
    OrderedBolt bolt =
        operator.contains("dedupe")
            ? new DedupeBolt(plan, 1, options)
            : operator.contains("detect")
                ? new DetectBolt(plan, 1, options)
                : operator.contains("aggregate")
                    ? new AggregateBolt(plan, 1, options)
                    : new ClockBolt(plan, 1, options);
    producer =
        new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    OutputCollector collector =
        new OutputCollector(null) {
          @Override
          public void ack(Tuple t) {
            acked.add(t);
          }

          @Override
          public List<Integer> emit(String stream, Tuple anchor, List<Object> values) {
            windowed.add(values);
            return List.of();
          }

          @Override
          public void reportError(Throwable t) {
            reported.add(t);
          }
        };
    Mishaps mishaps = new Mishaps(collector);
    Stage stage = Stage.compile(plan, new Registry()).get(1);
    bolt.prepare(collector, stage, mishaps, new Writer(producer, "out", "dead", mishaps::report));
    bolt.initState(state);
    return bolt;
  }

  private void checkpoint(OrderedBolt bolt) {
    bolt.prePrepare(++checkpoints);
    state.prepareCommit(checkpoints);
    state.commit(checkpoints);
  }

  /** The values written since the last time. */
  private List<String> written() {
    List<String> values =
        producer.history().stream()
            .map(ProducerRecord::value)
            .map(v -> new String(v, StandardCharsets.UTF_8))
            .toList();
    producer.clear();
    return values;
  }

  private static final String DETECT =
      """
      {"detect": {"node": 3, "metric": "x", "above": 10, "clear": 2, "emit": ["event", "alert"]}}\
      """;
  private static final String ON = "{\"active\":1,\"threshold\":10,\"value\":11}";
  private static final String OFF = "{\"active\":0,\"threshold\":10,\"value\":1}";
  private static final String HIGH = "{\"x\":11}";
  private static final String LOW = "{\"x\":1}";

  @Test
  void aTupleIsAcknowledgedWhenKafkaHasAllThatCameOfIt() {
    OrderedBolt bolt = start(DETECT);
    Tuple t = Tuples.event(0, FIRST, HIGH);
    bolt.execute(t);
    assertEquals(List.of(), acked);
    assertTrue(producer.completeNext());
    assertEquals(List.of(), acked, "the alert is not taken yet");
    assertTrue(producer.completeNext());
    assertEquals(List.of(t), acked);
  }

  @Test
  void whatKafkaNeverTakesEndsTheEngine() {
    OrderedBolt bolt = start(DETECT);
    bolt.execute(Tuples.event(0, FIRST, LOW));
    assertTrue(producer.errorNext(new RecordTooLargeException("too large")));
    assertEquals(List.of(), acked);
    assertEquals("too large", reported.get(0).getMessage());
    written();
    bolt.execute(Tuples.event(1, 0, LOW));
    assertEquals(List.of(), written());
    assertThrows(IllegalStateException.class, () -> checkpoint(bolt));
  }

  @Test
  void whatIsUnderWayWhenTheTaskEndsIsNoFault() {
    OrderedBolt bolt = start(DETECT);
    bolt.execute(Tuples.event(0, FIRST, LOW));
    bolt.cleanup();
    assertTrue(producer.errorNext(new KafkaException("Producer is closed forcefully.")));
    assertEquals(List.of(), reported);
    assertEquals(List.of(), acked);
  }

  @Test
  void whatATaskStillHasBeforeItWhenItIsEndedIsNoFault() {
    OrderedBolt bolt = start(DETECT);
    producer.sendException = new InterruptException("Storm ends the task");
    bolt.execute(Tuples.event(0, FIRST, LOW));
    assertTrue(Thread.interrupted());
    producer.sendException = null;
    bolt.cleanup();
    bolt.execute(Tuples.event(1, 0, LOW));
    assertEquals(List.of(), reported);
    assertEquals(List.of(), acked);
  }

  @Test
  void aStageRecordThatCannotBeEndsTheEngine() {
    OrderedBolt bolt = start(DETECT);
    bolt.execute(Tuples.event(4, FIRST, "{\"x\":01}"));
    assertEquals(1, reported.size());
    assertTrue(
        reported.get(0).getMessage().contains("\"middle\" partition 0 offset 4"),
        reported.get(0).getMessage());
    assertEquals(List.of(), acked);
  }

  @Test
  void alertsComeAgainAsBefore() {
    OrderedBolt bolt = start(DETECT);
    bolt.execute(Tuples.event(0, FIRST, HIGH));
    bolt.execute(Tuples.event(1, 0, LOW));
    bolt.execute(Tuples.event(2, 1, HIGH));
    assertEquals(List.of(HIGH, ON, LOW, OFF, HIGH, ON), written());
    checkpoint(bolt);
    bolt.execute(Tuples.event(1, 0, LOW));
    assertEquals(List.of(LOW, OFF), written(), "from the same process");
    bolt = start(DETECT);
    bolt.execute(Tuples.event(0, FIRST, HIGH));
    bolt.execute(Tuples.event(1, 0, LOW));
    bolt.execute(Tuples.event(2, 1, HIGH));
    bolt.execute(Tuples.event(3, 2, HIGH));
    assertEquals(List.of(HIGH, ON, LOW, OFF, HIGH, ON, HIGH), written(), "after a crash");
  }

  @Test
  void whatCameBehindTheCheckpointIsForgottenInACrash() {
    OrderedBolt bolt = start(DETECT);
    bolt.execute(Tuples.event(0, FIRST, LOW));
    checkpoint(bolt);
    bolt.execute(Tuples.event(1, 0, HIGH));
    written();
    bolt = start(DETECT);
    bolt.execute(Tuples.event(0, FIRST, LOW));
    bolt.execute(Tuples.event(1, 0, HIGH));
    assertEquals(List.of(LOW, HIGH, ON), written());
  }

  @Test
  void tuplesBehindALostOneWait() {
    OrderedBolt bolt = start(DETECT);
    bolt.execute(Tuples.event(0, FIRST, LOW));
    bolt.execute(Tuples.event(3, 2, LOW));
    bolt.execute(Tuples.event(2, 1, HIGH));
    assertEquals(List.of(LOW), written());
    bolt.execute(Tuples.event(1, 0, LOW));
    assertEquals(List.of(LOW, HIGH, ON, LOW, OFF), written());
  }

  @Test
  void rollbackGoesBackToTheCheckpoint() {
    OrderedBolt bolt = start(DETECT);
    bolt.execute(Tuples.event(0, FIRST, HIGH));
    checkpoint(bolt);
    bolt.execute(Tuples.event(1, 0, LOW));
    written();
    bolt.preRollback();
    state.rollback();
    bolt.execute(Tuples.event(2, 1, LOW));
    assertEquals(List.of(), written(), "the one before it comes again first");
    bolt.execute(Tuples.event(1, 0, LOW));
    assertEquals(List.of(LOW, OFF, LOW), written());
  }

  @Test
  void whatKafkaHasYetToTakeComesAgainAfterARollback() {
    OrderedBolt bolt = start(DETECT);
    Tuple t = Tuples.event(0, FIRST, LOW);
    bolt.execute(t);
    assertEquals(List.of(), acked);
    bolt.preRollback();
    assertEquals(List.of(t), acked, "Storm fails what it knows as acknowledged");
  }

  @Test
  void aCheckpointRightBehindARollbackHasNothingOfWhatWasRolledBack() {
    String aggregate = "{\"aggregate\": {\"node\": 1, \"metric\": \"x\"}}";
    OrderedBolt bolt = start(aggregate);
    bolt.execute(Tuples.event(0, FIRST, HIGH));
    checkpoint(bolt);
    bolt.execute(Tuples.event(1, 0, LOW));
    bolt.prePrepare(checkpoints + 1);
    state.prepareCommit(checkpoints + 1);
    bolt.preRollback();
    state.rollback();
    checkpoint(bolt);
    bolt = start(aggregate);
    bolt.execute(Tuples.event(1, 0, LOW));
    assertEquals(List.of("{\"count\":2,\"max\":11,\"min\":1,\"sum\":12}"), written());
  }

  @Test
  void dedupeAnswersAgainWhatItPassedAndDropsWhatItDropped() {
    String dedupe = "{\"dedupe\": {\"span\": 4}}";
    OrderedBolt bolt = start(dedupe);
    bolt.execute(Tuples.event(0, FIRST, 100, 0, "{\"x\":1}"));
    bolt.execute(Tuples.event(1, 0, 100, 0, "{\"x\":2}"));
    bolt.execute(Tuples.event(2, 1, 101, 0, "{\"x\":3}"));
    assertEquals(List.of("{\"x\":1}", "{\"x\":3}"), written());
    checkpoint(bolt);
    bolt = start(dedupe);
    bolt.execute(Tuples.event(0, FIRST, 100, 0, "{\"x\":1}"));
    bolt.execute(Tuples.event(1, 0, 100, 0, "{\"x\":2}"));
    bolt.execute(Tuples.event(2, 1, 101, 0, "{\"x\":3}"));
    bolt.execute(Tuples.event(3, 2, 101, 0, "{\"x\":4}"));
    assertEquals(List.of("{\"x\":1}", "{\"x\":3}"), written());
    assertEquals(List.of(), reported);
  }

  @Test
  void totalsHaveEachEventOnceAndAreToldOfForThoseThatComeAgain() {
    String aggregate = "{\"aggregate\": {\"node\": 1, \"metric\": \"x\"}}";
    String both = "{\"count\":2,\"max\":11,\"min\":1,\"sum\":12}";
    OrderedBolt bolt = start(aggregate);
    bolt.execute(Tuples.event(0, FIRST, HIGH));
    bolt.execute(Tuples.event(1, 0, LOW));
    assertEquals(List.of("{\"count\":1,\"max\":11,\"min\":11,\"sum\":11}", both), written());
    checkpoint(bolt);
    bolt.execute(Tuples.event(2, 1, LOW));
    written();
    bolt = start(aggregate);
    bolt.execute(Tuples.event(0, FIRST, HIGH));
    bolt.execute(Tuples.event(1, 0, LOW));
    bolt.execute(Tuples.event(2, 1, LOW));
    assertEquals(
        List.of(both, both, "{\"count\":3,\"max\":11,\"min\":1,\"sum\":13}"),
        written(),
        "after a crash");
    assertEquals(List.of(), reported);
  }

  @Test
  void windowsGetTheClockAndEachEventOnce() {
    String window =
        "{\"window\": {\"node\": 5, \"tumbling_ms\": 10000, \"metric\": \"x\", \"emit\":"
            + " [\"event\", \"window\"]}}";
    OrderedBolt bolt = start(window);
    bolt.execute(Tuples.event(0, FIRST, 0, 8000, "{\"x\":1}"));
    bolt.execute(Tuples.event(1, 0, 1, 3000, "{\"x\":2}"));
    bolt.execute(Tuples.event(2, 1, 2, 7000, "{}"));
    bolt.execute(Tuples.event(3, 2, 3, 9000, "{}"));
    assertEquals(List.of("8000 8000 1", "8000 3000 2", "9000 9000 null"), clocks());
    checkpoint(bolt);
    bolt = start(window);
    windowed.clear();
    bolt.execute(Tuples.event(3, FIRST, 3, 9000, "{}"));
    bolt.execute(Tuples.event(4, 3, 4, 2000, "{\"x\":5}"));
    assertEquals(List.of("9000 2000 5"), clocks(), "after a crash");
    assertEquals(List.of("{}", "{\"x\":5}"), written());
  }

  private List<String> clocks() {
    return windowed.stream().map(v -> v.get(2) + " " + v.get(3) + " " + v.get(6)).toList();
  }

  @Test
  void foreignRecordsArePassedOver() {
    OrderedBolt bolt = start(DETECT);
    Tuple foreign =
        Tuples.of(new Values(0, 0L, FIRST, new byte[0], new byte[0], null, null, null, null));
    bolt.execute(foreign);
    assertEquals(List.of(foreign), acked);
    assertEquals(List.of(), written());
  }
}
