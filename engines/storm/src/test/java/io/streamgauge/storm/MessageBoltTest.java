package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Registry;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.Chunk;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.storm.state.InMemoryKeyValueState;
import org.apache.storm.state.KeyValueState;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.Values;
import org.junit.jupiter.api.Test;

/**
 * Jobs of large messages. The message is three samples, 1, 2 and 3, in three chunks that end within
 * them. Its hash is that of PyPI's xxhash.
 */
class MessageBoltTest {
  private static final long HASH = 0xc416cfbf9546d233L;
  private static final String SUMMARY =
      "out {\"bytes\":6,\"hash\":-4317034771037892045,\"peak\":3,\"sum\":6}";

  private final KeyValueState<String, byte[]> state = new InMemoryKeyValueState<>();
  private final List<Throwable> reported = new ArrayList<>();
  private MockProducer<byte[], byte[]> producer;
  private MessageBolt bolt;
  private long checkpoints;

  private static final Plan PLAN =
      Plan.parse(
          """
          {"contract": 1, "run": "r", "prefix": "p", "guarantee": "at-least-once", "partitions": 1, "parallelism": 1, "commit_interval_ms": 100,
           "limits": {"max_record_bytes": 1000000},
           "topics": {"input": "in", "stages": ["mid"], "output": "out", "deadletter": "dead", "registry": ""},
           "job": {"name": "l", "stages": [{"name": "first", "do": [{"scan": {}}]}, {"name": "last", "do": [{"scan": {}}]}]}}
          """);

  /** A bolt of a stage that begins with what the state has, as after a crash. */
  private void start(int index) {
    bolt = new MessageBolt(PLAN, index, Options.of(PLAN));
    producer = new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    OutputCollector collector =
        new OutputCollector(null) {
          @Override
          public void ack(Tuple t) {}

          @Override
          public void reportError(Throwable t) {
            reported.add(t);
          }
        };
    Mishaps mishaps = new Mishaps(collector);
    Stage stage = Stage.compile(PLAN, new Registry()).get(index);
    String forward = index == 0 ? "mid" : "out";
    bolt.prepare(collector, stage, mishaps, new Writer(producer, forward, "dead", mishaps::report));
    bolt.initState(state);
  }

  private void checkpoint() {
    bolt.prePrepare(++checkpoints);
    state.prepareCommit(checkpoints);
    state.commit(checkpoints);
  }

  private static Tuple tuple(long offset, long sequence, String hex, Chunk c) {
    byte[] sg = new Stamp(4, 0, 1, sequence, offset, 7).toBytes();
    return Tuples.of(
        new Values(
            0,
            offset,
            offset - 1,
            "d".getBytes(StandardCharsets.UTF_8),
            HexFormat.of().parseHex(hex),
            sg,
            Headers.time(9),
            null,
            c == null ? null : c.toBytes()));
  }

  /** Chunk 0, 1 or 2 of the message, at an offset. */
  private static Tuple chunk(long offset, long sequence, int index) {
    String hex = List.of("01", "000200", "0300").get(index);
    long at = List.of(0, 1, 4).get(index);
    return tuple(offset, sequence, hex, new Chunk(index, 3, at, 6, HASH));
  }

  /** What comes of tuples. */
  private List<String> written(Tuple... tuples) {
    for (Tuple t : tuples) {
      bolt.execute(t);
    }
    List<String> all = producer.history().stream().map(MessageBoltTest::describe).toList();
    producer.clear();
    assertEquals(List.of(), reported);
    return all;
  }

  private static String describe(ProducerRecord<byte[], byte[]> r) {
    String text = new String(r.value(), StandardCharsets.UTF_8);
    return switch (r.topic()) {
      case "mid" -> HexFormat.of().formatHex(r.value()) + " " + r.headers().toArray().length;
      case "dead" ->
          "dead "
              + new String(
                  r.headers().lastHeader(Headers.REASON).value(), StandardCharsets.US_ASCII);
      default -> "out " + text;
    };
  }

  @Test
  void chunksGoOnOneByOneAndAgainWhenTheyComeAgain() {
    start(0);
    assertEquals(List.of("01 3", "000200 3"), written(chunk(0, 0, 0), chunk(1, 0, 1)));
    checkpoint();
    start(0);
    assertEquals(
        List.of("01 3", "000200 3", "0300 3"),
        written(chunk(0, 0, 0), chunk(1, 0, 1), chunk(2, 0, 2)),
        "after a crash");
  }

  @Test
  void theAnswerComesAgainWithTheLastChunk() {
    start(1);
    Tuple[] all = {chunk(0, 0, 0), chunk(1, 0, 1), chunk(2, 0, 1), chunk(3, 0, 2)};
    assertEquals(List.of(SUMMARY), written(all), "one chunk came twice");
    checkpoint();
    start(1);
    assertEquals(List.of(SUMMARY), written(all), "after a crash");
    assertEquals(List.of(), written(chunk(4, 0, 2)), "the message is over");
  }

  @Test
  void whatWasRefusedIsRefusedAgain() {
    start(0);
    Tuple[] all = {chunk(0, 0, 0), chunk(1, 1, 0), chunk(2, 1, 2), chunk(3, 1, 1), chunk(4, 2, 0)};
    List<String> once = List.of("01 3", "dead missing_chunk", "01 3", "dead missing_chunk", "01 3");
    assertEquals(once, written(all));
    checkpoint();
    start(0);
    assertEquals(once, written(all), "after a crash");
  }

  @Test
  void whatCameBehindTheCheckpointIsForgottenInACrash() {
    start(1);
    written(chunk(0, 0, 0));
    checkpoint();
    assertEquals(List.of(SUMMARY), written(chunk(1, 0, 1), chunk(2, 0, 2)));
    start(1);
    assertEquals(List.of(SUMMARY), written(chunk(0, 0, 0), chunk(1, 0, 1), chunk(2, 0, 2)));
  }

  @Test
  void messagesInOneRecordAreAnsweredEachTime() {
    start(1);
    Tuple whole = tuple(0, 0, "010002000300", null);
    Tuple claim = tuple(1, 1, "6f", new Chunk(0, 0, 0, 6, HASH));
    List<String> answers = List.of(SUMMARY, "dead missing_object");
    assertEquals(answers, written(whole, claim));
    checkpoint();
    start(1);
    assertEquals(answers, written(whole, claim));
    for (Map.Entry<String, byte[]> e : state) {
      assertEquals("place/0", e.getKey(), "nothing is remembered of them");
    }
  }
}
