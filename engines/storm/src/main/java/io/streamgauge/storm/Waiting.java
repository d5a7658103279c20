package io.streamgauge.storm;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Metric;
import com.codahale.metrics.MetricRegistry;
import io.streamgauge.joblib.contract.Figures;
import java.util.Map;
import org.apache.storm.metrics2.reporters.StormReporter;

/**
 * Backpressure in Storm's own metrics: what waits before its tasks, and how long its spouts have
 * waited. As a reporter it is given the metrics of the worker that is in this process; they are
 * read when the adapter reports.
 */
public final class Waiting implements StormReporter {
  private static volatile MetricRegistry worker; // null: has not started

  @Override
  @SuppressWarnings("deprecation") // it is the abstract one, which Storm's newer one calls
  public void prepare(
      MetricRegistry registry, Map<String, Object> topology, Map<String, Object> reporter) {
    worker = registry;
  }

  @Override
  public void start() {}

  @Override
  public void stop() {}

  @Override
  public void close() {}

  /**
   * What Storm's metrics come to.
   *
   * @param queue tuples in the receive queue that has most
   * @param pending ms that spouts have waited because too many tuples were under way
   * @param full ms that spouts have waited because a queue was full
   */
  record Sums(long queue, long pending, long full) {
    static Sums of(MetricRegistry registry) {
      long queue = 0;
      long pending = 0;
      long full = 0;
      for (Map.Entry<String, Metric> e : registry.getMetrics().entrySet()) {
        // Before it a name has topology, host, component, task and port.
        String name = e.getKey();
        if (name.endsWith("receive-queue-population")) {
          queue = Math.max(queue, ((Number) ((Gauge<?>) e.getValue()).getValue()).longValue());
        } else if (name.endsWith("__skipped-max-spout-ms")) {
          pending += ((Counter) e.getValue()).getCount();
        } else if (name.endsWith("__skipped-backpressure-ms")) {
          full += ((Counter) e.getValue()).getCount();
        }
      }
      return new Sums(queue, pending, full);
    }
  }

  /** Passes on what there is to whoever reports the engine's figures. */
  static void report() {
    MetricRegistry registry = worker;
    if (registry == null) {
      return;
    }
    Sums sums = Sums.of(registry);
    Figures.set("receive_queue", sums.queue, "tuples");
    Figures.set("skipped_max_spout", sums.pending, "ms");
    Figures.set("skipped_backpressure", sums.full, "ms");
  }
}
