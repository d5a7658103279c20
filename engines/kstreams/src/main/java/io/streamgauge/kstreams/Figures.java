package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Status;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.streams.KafkaStreams;

/** What the engine says of itself: a few of Kafka Streams' own metrics, over all threads, tasks and stores. */
final class Figures {
  private final KafkaStreams streams;
  private final LongAdder foreign;
  private final Status status;
  private long said;

  Figures(KafkaStreams streams, LongAdder foreign, Status status) {
    this.streams = streams;
    this.foreign = foreign;
    this.status = status;
  }

  /** Says all figures as of now. */
  void report() {
    double rate = 0;
    double commit = 0;
    double lag = 0;
    double state = 0;
    for (Map.Entry<MetricName, ? extends Metric> e : streams.metrics().entrySet()) {
      switch (e.getKey().name()) {
        case "process-rate" -> rate += inThread(e);
        case "commit-latency-avg" -> commit = Math.max(commit, inThread(e));
        case "records-lag-max" -> lag = Math.max(lag, value(e));
        case "total-sst-files-size", "cur-size-all-mem-tables" -> state += value(e);
        default -> {}
      }
    }
    status.metric("process_rate", rate, "records/s");
    status.metric("commit_latency", commit, "ms");
    status.metric("records_lag", lag, "records");
    status.metric("rocksdb_size", state, "bytes");
    foreign();
  }

  private void foreign() {
    long n = foreign.sum();
    if (n != said) {
      said = n;
      status.metric("foreign_records", n, "records");
    }
  }

  private static double inThread(Map.Entry<MetricName, ? extends Metric> e) {
    return e.getKey().group().equals("stream-thread-metrics") ? value(e) : 0;
  }

  /** 0 where there is nothing yet. */
  private static double value(Map.Entry<MetricName, ? extends Metric> e) {
    return e.getValue().metricValue() instanceof Number n && Double.isFinite(n.doubleValue()) ? n.doubleValue() : 0;
  }
}
