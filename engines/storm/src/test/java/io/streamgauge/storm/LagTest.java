package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.internals.FetchMetricsRegistry;
import org.apache.kafka.common.metrics.JmxReporter;
import org.apache.kafka.common.metrics.KafkaMetricsContext;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.Value;
import org.apache.kafka.common.utils.Time;
import org.junit.jupiter.api.Test;

/** Kafka's own metrics, shown as a consumer shows them. */
class LagTest {
  private static final FetchMetricsRegistry REGISTRY =
      new FetchMetricsRegistry(Set.of("client-id"), "consumer");

  private static Metrics consumer(String client) {
    return new Metrics(
        new MetricConfig().tags(Map.of("client-id", client)),
        List.of(new JmxReporter()),
        Time.SYSTEM,
        new KafkaMetricsContext("kafka.consumer"));
  }

  private static Sensor partition(Metrics consumer, int partition) {
    Map<String, String> tags = Map.of("topic", "a.b", "partition", Integer.toString(partition));
    Sensor lag = consumer.sensor("lag-" + partition);
    lag.add(consumer.metricInstance(REGISTRY.partitionRecordsLag, tags), new Value());
    return lag;
  }

  @Test
  void thePartitionThatIsFurthestBehindIsTold() {
    assertEquals(0, Lag.records());
    try (Metrics one = consumer("one");
        Metrics other = consumer("other")) {
      Sensor first = partition(one, 0);
      Sensor second = partition(one, 1);
      Sensor third = partition(other, 0);
      assertEquals(0, Lag.records(), "nothing was polled yet");
      first.record(7);
      second.record(1000);
      third.record(30);
      assertEquals(1000, Lag.records());
      second.record(0);
      assertEquals(30, Lag.records());
    }
    assertEquals(0, Lag.records(), "closed");
  }
}
