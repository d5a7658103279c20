package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Figures;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleBinaryOperator;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;
import org.apache.flink.metrics.reporter.Scheduled;

/** A metrics reporter of Flink that has some of its metrics said on the status lines. */
public final class StatusReporter implements MetricReporter, Scheduled {
  /**
   * What is said: Flink's name of a metric, ours, and how those of several tasks are put together.
   */
  enum Said {
    UNCOMMITTED(
        "failedCommittables",
        "failed_commits",
        "transactions",
        Double::sum), // their records may be lost
    PENDING("pendingRecords", "pending_records", "records", Double::sum),
    BUSY("busyTimeMsPerSecond", "busiest_task", "ms/s", Math::max),
    BACKPRESSURED("backPressuredTimeMsPerSecond", "most_backpressured_task", "ms/s", Math::max),
    STATE("lastCheckpointFullSize", "checkpoint_size", "bytes", Math::max),
    CHECKPOINT("lastCheckpointDuration", "checkpoint_duration", "ms", Math::max);

    private final String metric;
    private final String name;
    private final String unit;
    private final DoubleBinaryOperator together;

    Said(String metric, String name, String unit, DoubleBinaryOperator together) {
      this.metric = metric;
      this.name = name;
      this.unit = unit;
      this.together = together;
    }
  }

  private final Map<Metric, Said> metrics = new ConcurrentHashMap<>();
  private long ended; // what tasks had counted that are no more: the last commits of a job do so

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {}

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    for (Said s : Said.values()) {
      if (s.metric.equals(name)) {
        metrics.put(metric, s);
      }
    }
  }

  @Override
  public synchronized void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
    if (metrics.remove(metric) != null && metric instanceof Counter c) {
      ended += c.getCount();
      report(); // after the end of a job there is no other
    }
  }

  @Override
  public synchronized void report() {
    together().forEach((said, v) -> Figures.set(said.name, v, said.unit));
  }

  /** What there is to be said now. */
  synchronized Map<Said, Double> together() {
    Map<Said, Double> values = new EnumMap<>(Said.class);
    values.put(Said.UNCOMMITTED, (double) ended);
    metrics.forEach(
        (metric, said) -> {
          double v = value(metric);
          if (!Double.isNaN(v)) {
            values.merge(said, v, said.together::applyAsDouble);
          }
        });
    return values;
  }

  private static double value(Metric metric) {
    if (metric instanceof Counter c) {
      return c.getCount();
    }
    try {
      return metric instanceof Gauge<?> g && g.getValue() instanceof Number n
          ? n.doubleValue()
          : Double.NaN;
    } catch (RuntimeException gone) {
      return Double.NaN; // a client that is being closed
    }
  }

  /** Found by Flink as a service. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(Properties properties) {
      return new StatusReporter();
    }
  }
}
