package io.streamgauge.joblib.kafka;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Plans;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuardedTest {
  /** Kafka takes each of them and says nothing. */
  @ParameterizedTest
  @CsvSource({
    "acks, 0",
    "ACKS, 1",
    "enable.idempotence, false",
    "partitioner.class, org.apache.kafka.clients.producer.RoundRobinPartitioner",
    "partitioner.ignore.keys, true",
    "transactional.id, x",
  })
  void ofAProducerIsRefused(String name, String value) {
    Map<String, String> given = Map.of("linger.ms", "1", "p." + name, value);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Guarded.producer("o", "p.", given));
    String begins = "option o: {p." + name + ": " + value + "}; ";
    assertTrue(e.getMessage().startsWith(begins), e.getMessage());
    assertTrue(e.getMessage().contains("leave it out: "), e.getMessage());
    assertDoesNotThrow(() -> Guarded.producer("o", "", given), "it is no name without the prefix");
  }

  @Test
  void theSameValueOnceMoreIsNone() {
    Map<String, String> same =
        Map.of("acks", "-1", "enable.idempotence", " TRUE", "partitioner.ignore.keys", "false");
    assertDoesNotThrow(() -> Guarded.producer("o", "", same));
  }

  @Test
  void ofAConsumerIsRefused() {
    Map<String, String> latest = Map.of("auto.offset.reset", "latest");
    assertThrows(IllegalArgumentException.class, () -> Guarded.consumer("o", "", latest, false));
    Map<String, String> all = Map.of("isolation.level", "read_uncommitted");
    assertThrows(IllegalArgumentException.class, () -> Guarded.consumer("o", "", all, true));
    assertDoesNotThrow(() -> Guarded.consumer("o", "", all, false));
  }

  @Test
  void aFileChangesNoneOfThem(@TempDir Path dir) throws IOException {
    Path file =
        Files.writeString(
            dir.resolve("client.properties"),
            "client.rack=r\nacks=1\nenable.idempotence=false\npartitioner.ignore.keys=true\n"
                + "auto.offset.reset=latest\n");
    String json = Plans.json("at-least-once");
    String brokers = "[\"a:1\", \"b:2\"]";
    Plan plan =
        Plan.parse(json.replace(brokers, brokers + ", \"security_file\": \"" + file + "\""));
    Map<String, String> want = Map.of("bootstrap.servers", "a:1,b:2", "client.rack", "r");
    assertEquals(want, Clients.common(plan));
    assertEquals("all", Clients.producer(plan).get("acks"));
    assertEquals("earliest", Clients.consumer(plan).get("auto.offset.reset"));
  }
}
