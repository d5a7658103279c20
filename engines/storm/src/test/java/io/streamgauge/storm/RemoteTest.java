package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.storm.Config;
import org.apache.storm.utils.Utils;
import org.junit.jupiter.api.Test;

class RemoteTest {
  @Test
  void addressesBecomeStormsSettings() {
    assertEquals(
        Map.of(Config.NIMBUS_SEEDS, List.of("a", "b"), Config.NIMBUS_THRIFT_PORT, 6627),
        Remote.seeds("a:6627,b:6627"));
  }

  @Test
  void addressesThatWillNotDoAreRefused() {
    for (String address : List.of("a", "a:x", ":1", "a:1,b:2", "")) {
      Exception e = assertThrows(IllegalArgumentException.class, () -> Remote.seeds(address));
      assertTrue(e.getMessage().startsWith("the address nimbus is"), e.getMessage());
    }
  }

  @Test
  void stormReadsTheSettingsAsFromACommandLine() {
    String before = System.getProperty("storm.options");
    System.setProperty("storm.options", Remote.options(Remote.seeds("a:1,b:1")));
    try {
      Map<String, Object> read = Utils.readStormConfig();
      assertEquals(List.of("a", "b"), read.get(Config.NIMBUS_SEEDS));
      assertEquals(1, ((Number) read.get(Config.NIMBUS_THRIFT_PORT)).intValue());
    } finally {
      if (before == null) {
        System.clearProperty("storm.options");
      } else {
        System.setProperty("storm.options", before);
      }
    }
  }

  @Test
  void workersAreSentWhatStormHasNot() {
    List<String> jars =
        Stream.of(
                "/x/trident-1.jar",
                "/x/storm-1.jar",
                "/x/joblib-1.jar",
                "/x/storm-client-2.8.3.jar",
                "/x/storm-kafka-client-2.8.3.jar",
                "/x/kryo-5.6.2.jar",
                "/x/kafka-clients-4.1.0.jar")
            .filter(Remote::sent)
            .toList();
    assertEquals(
        List.of(
            "/x/trident-1.jar",
            "/x/storm-1.jar",
            "/x/joblib-1.jar",
            "/x/storm-kafka-client-2.8.3.jar",
            "/x/kafka-clients-4.1.0.jar"),
        jars);
  }

  @Test
  void theFirstLineOfATraceIsTheCause() {
    assertEquals(
        "IllegalStateException: broken",
        Remote.cause("java.lang.IllegalStateException: broken\n\tat x.y.Z"));
  }
}
