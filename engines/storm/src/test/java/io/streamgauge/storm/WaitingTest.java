package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.storm.metrics2.StormMetricRegistry;
import org.apache.storm.policy.WaitStrategyPark;
import org.apache.storm.utils.JCQueue;
import org.junit.jupiter.api.Test;

/** Storm's own queues and counters, and what is found of them in its registry. */
class WaitingTest {
  private final StormMetricRegistry storm = new StormMetricRegistry();

  private JCQueue queue(String name, int task) {
    return new JCQueue(
        name + task,
        name,
        16,
        0,
        1,
        new WaitStrategyPark(0),
        "topology",
        "bolt",
        List.of(task),
        1,
        storm);
  }

  private Waiting.Sums sums() {
    return Waiting.Sums.of(storm.getRegistry());
  }

  @Test
  void theQueueThatHasMostIsTold() {
    assertEquals(new Waiting.Sums(0, 0, 0), sums());
    JCQueue first = queue("receive-queue", 1);
    JCQueue second = queue("receive-queue", 2);
    JCQueue other = queue("worker-transfer-queue", 3);
    for (int i = 0; i < 5; i++) {
      assertTrue(second.tryPublish(i));
      assertTrue(other.tryPublish(i) && other.tryPublish(i));
    }
    assertTrue(first.tryPublish(0));
    assertEquals(new Waiting.Sums(5, 0, 0), sums());
  }

  @Test
  void whatSpoutsHaveWaitedIsAddedUp() {
    storm.rateCounter("__skipped-max-spout-ms", "spout", 1).inc(3);
    storm.rateCounter("__skipped-max-spout-ms", "spout", 2).inc(4);
    storm.rateCounter("__skipped-backpressure-ms", "spout", 1).inc(20);
    storm.rateCounter("__skipped-backpressure-ms", "spout", 2).inc(30);
    storm.rateCounter("__skipped-inactive-ms", "spout", 1).inc(100);
    assertEquals(new Waiting.Sums(0, 7, 50), sums());
  }
}
