package io.streamgauge.joblib.kafka;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Plans;
import io.streamgauge.joblib.operator.CorruptRecordException;
import io.streamgauge.joblib.operator.Registry;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class KafkaTest {
  private static final TopicPartition P0 = new TopicPartition("t", 0);
  private static final TopicPartition P1 = new TopicPartition("t", 1);

  private static byte[] bytes(String s) {
    return s == null ? null : s.getBytes(StandardCharsets.UTF_8);
  }

  /** A topic of two partitions with records in the first. */
  private static MockConsumer<byte[], byte[]> topic(String... keysAndValues) {
    MockConsumer<byte[], byte[]> c = new MockConsumer<>(OffsetResetStrategy.EARLIEST);
    Node node = new Node(0, "h", 1);
    c.updatePartitions(
        "t",
        List.of(0, 1).stream()
            .map(p -> new PartitionInfo("t", p, node, new Node[0], new Node[0]))
            .toList());
    c.updateBeginningOffsets(Map.of(P0, 0L, P1, 0L));
    c.updateEndOffsets(Map.of(P0, keysAndValues.length / 2L, P1, 0L));
    c.schedulePollTask(
        () -> {
          for (int i = 0; i < keysAndValues.length; i += 2) {
            c.addRecord(
                new ConsumerRecord<>(
                    "t", 0, i / 2, bytes(keysAndValues[i]), bytes(keysAndValues[i + 1])));
          }
        });
    return c;
  }

  @Test
  void readsARegistryToItsEnd() {
    Registry r =
        Registries.read(
            topic(
                "a",
                "{\"gain\":1}",
                "b",
                "{}",
                "a",
                "{\"gain\":2}",
                "b",
                null,
                "c",
                "{\"site\":3}"),
            "t");
    assertEquals(2, r.size());
    assertEquals(Map.of("gain", 2L), r.get(bytes("a")));
    assertNull(r.get(bytes("b")));
  }

  @Test
  void refusesRegistryEntriesBeyondTheLimits() {
    for (String bad :
        List.of(
            "{\"gain\":1000000001}",
            "{\"gain\":-1000000001}",
            "{\"offset\":10000000000001}",
            "{\"gain\":1.5}",
            "")) {
      CorruptRecordException e =
          assertThrows(
              CorruptRecordException.class,
              () -> Registries.read(topic("a", "{}", "d", bad), "t"),
              bad);
      assertTrue(
          e.getMessage().startsWith("topic \"t\" partition 0 offset 1: registry entry: "),
          e.getMessage());
    }
    assertEquals(
        1,
        Registries.read(topic("a", "{\"gain\":-1000000000,\"offset\":10000000000000}"), "t")
            .size());
  }

  @Test
  void aRegistryThatIsNotThereIsAnError() {
    MockConsumer<byte[], byte[]> c = new MockConsumer<>(OffsetResetStrategy.EARLIEST);
    assertThrows(IllegalStateException.class, () -> Registries.read(c, "t"));
  }

  @Test
  void tellsMarksFromRecords() {
    assertTrue(Drain.left(topic("a", "1"), Map.of(P0, 0L), Map.of(P0, 1L)));
    MockConsumer<byte[], byte[]> marks = topic();
    marks.schedulePollTask(() -> marks.seek(P0, 3)); // what reading over marks comes to
    assertFalse(Drain.left(marks, Map.of(P0, 1L), Map.of(P0, 3L)));
  }

  @Test
  void whatAnOpenTransactionHidesMayBeLeft() {
    assertTrue(Drain.left(topic(), Map.of(P0, 0L), Map.of(P0, 3L)));
  }

  @Test
  void comparesPositionsWithEnds() {
    assertTrue(Ends.reached(Map.of(P0, 5L, P1, 1L), Map.of(P0, 5L, P1, 0L)));
    assertTrue(Ends.reached(Map.of(), Map.of(P1, 0L)));
    assertFalse(Ends.reached(Map.of(P0, 4L), Map.of(P0, 5L)));
  }

  @Test
  void theFirstHeaderOfANameCounts() {
    ConsumerRecord<byte[], byte[]> r = new ConsumerRecord<>("t", 3, 9, bytes("k"), null);
    r.headers()
        .add("other", bytes("x"))
        .add("sg", null)
        .add("sgo", bytes("o"))
        .add("sg", bytes("s"))
        .add("sgt", bytes("1"));
    r.headers().add("sgt", bytes("2")).add("sgo", bytes("p"));
    InRecord in = Records.in(r);
    assertNull(in.sg());
    assertArrayEquals(bytes("1"), in.sgt());
    assertArrayEquals(bytes("o"), in.sgo());
    assertEquals("3 9", in.partition() + " " + in.offset());
    assertNull(in.value());
  }

  @Test
  void headersComeInTheirOrder() {
    OutRecord r =
        new OutRecord(
            true,
            bytes("k"),
            bytes("v"),
            5,
            new String[] {"sgt", "sgo", "sgr"},
            new byte[][] {{1}, {2}, {3}});
    ProducerRecord<byte[], byte[]> p = Records.out(r, "forward", "dead");
    assertEquals("dead", p.topic());
    assertNull(p.partition()); // the producer's murmur2 of the key
    assertEquals(5, p.timestamp());
    assertEquals(
        "[sgt, sgo, sgr]",
        Arrays.stream(p.headers().toArray()).map(h -> h.key()).toList().toString());
    OutRecord f = new OutRecord(false, r.key(), r.value(), 0, r.names(), r.headers());
    assertEquals("forward", Records.out(f, "forward", "dead").topic());
  }

  @Test
  void clientsFitThePlan(@TempDir Path dir) throws Exception {
    Plan plain = Plan.parse(Plans.json("exactly-once"));
    assertEquals("read_committed", Clients.consumer(plain).get("isolation.level"));
    assertEquals(
        "read_uncommitted",
        Clients.consumer(Plan.parse(Plans.json("at-least-once"))).get("isolation.level"));
    assertEquals("2004096", Clients.producer(plain).get("max.request.size"));
    assertEquals("15000", Clients.producer(plain).get("transaction.timeout.ms"));
    Path file =
        Files.writeString(
            dir.resolve("client.properties"),
            "security.protocol=SASL_SSL\nbootstrap.servers=elsewhere:1\n");
    Plan secure =
        Plan.parse(
            Plans.json("exactly-once")
                .replace("[\"a:1\", \"b:2\"]", "[\"a:1\"], \"security_file\": \"" + file + "\""));
    Map<String, String> want =
        new HashMap<>(Map.of("security.protocol", "SASL_SSL", "bootstrap.servers", "a:1"));
    assertEquals(want, Clients.common(secure));
  }
}
