package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Figures;
import java.util.Map;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.streams.KafkaStreams;

/** What the engine says of itself: a few of Kafka Streams' own metrics, over all threads, tasks and stores. */
final class Gauges {
  private Gauges() {}

  /** Reads them all as of now. */
  static void read(KafkaStreams streams) {
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
    Figures.set("process_rate", rate, "records/s");
    Figures.set("commit_latency", commit, "ms");
    Figures.set("records_lag", lag, "records");
    Figures.set("rocksdb_size", state, "bytes");
  }

  private static double inThread(Map.Entry<MetricName, ? extends Metric> e) {
    return e.getKey().group().equals("stream-thread-metrics") ? value(e) : 0;
  }

  /** 0 where there is nothing yet. */
  private static double value(Map.Entry<MetricName, ? extends Metric> e) {
    return e.getValue().metricValue() instanceof Number n && Double.isFinite(n.doubleValue()) ? n.doubleValue() : 0;
  }
}
