package io.streamgauge.kstreams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.streamgauge.joblib.contract.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  private static Plan plan(String options) {
    return new Rig.Setup(List.of("{\"name\": \"a\", \"do\": []}"), "exactly-once", 0, 1, options)
        .plan();
  }

  @Test
  void theUsersOwnWin() {
    Plan plan =
        plan("{\"streams\": {\"main.consumer.session.timeout.ms\": 20000, \"poll.ms\": \"7\"}}");
    Map<String, String> m = Settings.of(plan, Options.of(plan));
    assertEquals("20000", m.get("main.consumer.session.timeout.ms"));
    assertEquals("7", m.get("poll.ms"));
    assertEquals("exactly_once_v2", m.get("processing.guarantee"));
    new StreamsConfig(
        Settings.properties(plan, Options.of(plan), new Commits(true))); // it takes them
  }

  /** Kafka Streams prefers the narrower name, whoever gave it. */
  @Test
  void theUsersOwnWinForMoreClientsThanOurs() {
    Plan plan = plan("{\"streams\": {\"linger.ms\": 5, \"consumer.fetch.max.wait.ms\": 9}}");
    StreamsConfig config =
        new StreamsConfig(Settings.properties(plan, Options.of(plan), new Commits(true)));
    assertEquals("5", config.getProducerConfigs("c").get("linger.ms"));
    assertEquals("9", config.getMainConsumerConfigs("g", "c", 0).get("fetch.max.wait.ms"));
    assertEquals("1052672", config.getProducerConfigs("c").get("max.request.size"));
  }

  @Test
  void aFileOfClientSettingsMakesNoRecordTooLarge(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("client.properties");
    Files.writeString(
        file, "security.protocol=SSL\nmax.request.size=1000\nbuffer.memory=1000\nlinger.ms=0\n");
    String brokers = "{\"bootstrap\": [\"localhost:1\"]";
    Plan plan =
        Plan.parse(
            plan("{}").json().replace(brokers, brokers + ", \"security_file\": \"" + file + "\""));
    Map<String, String> m = Settings.of(plan, Options.of(plan));
    assertEquals("SSL", m.get("security.protocol"));
    assertEquals("1052672", m.get("producer.max.request.size"));
    assertEquals("67108864", m.get("producer.buffer.memory"));
    assertFalse(m.containsKey("producer.security.protocol"));
  }

  @Test
  void unknownOptionsAreRefused() {
    for (String bad :
        new String[] {
          "{\"stores\": \"rocksdb\"}", "{\"store\": \"disk\"}", "{\"window_retention_ms\": 0}"
        }) {
      assertThrows(IllegalArgumentException.class, () -> Options.of(plan(bad)), bad);
    }
  }

  @Test
  void theSheetNamesNeitherAddressesNorFolders() {
    Map<String, Object> sheet = Sheet.of(plan("{}"), Options.of(plan("{}")));
    assertEquals("0", sheet.get("statestore.cache.max.bytes"));
    assertEquals("read_committed", sheet.get("main.consumer.isolation.level"));
    assertFalse(sheet.containsKey("bootstrap.servers"));
    assertFalse(sheet.containsKey("state.dir"));
  }

  @Test
  void commitsAreHeard() {
    Commits commits = new Commits(false);
    Commits.Interceptor interceptor = new Commits.Interceptor();
    interceptor.configure(Map.of(Commits.SETTING, commits));
    assertEquals(0, commits.of("t", 1).getAsLong());
    interceptor.onCommit(Map.of(new TopicPartition("t", 1), new OffsetAndMetadata(7)));
    assertEquals(7, commits.of("t", 1).getAsLong());
    assertEquals(0, commits.of("t", 0).getAsLong());
    interceptor.close();
  }

  @Test
  void noTimestampIsNegative() {
    EventTime time = new EventTime(1000);
    for (long sgt : new long[] {Long.MIN_VALUE, -1001, -1000, 0, Long.MAX_VALUE}) {
      ConsumerRecord<Object, Object> r = new ConsumerRecord<>("t", 0, 0, null, null);
      r.headers().add("sgt", io.streamgauge.joblib.record.Headers.time(sgt));
      long want = sgt == 0 ? 1000 : 0;
      assertEquals(want, time.extract(r, -1), "sgt " + sgt);
    }
    assertEquals(0, time.extract(new ConsumerRecord<>("t", 0, 0, null, null), -1));
  }
}
