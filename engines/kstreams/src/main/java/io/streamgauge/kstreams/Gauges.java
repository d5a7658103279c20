package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Figures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.streams.KafkaStreams;

/**
 * What the engine says of itself: a few of Kafka Streams' own metrics, over all threads and tasks,
 * and the size of its state. That is looked up in the folder: Kafka Streams' metrics of RocksDB ask
 * the store itself, without a lock, and one that is just being closed ends the whole process with a
 * signal.
 */
final class Gauges {
  private Gauges() {}

  /** Reads them all as of now. */
  static void read(KafkaStreams streams, Path state) {
    double rate = 0;
    double commit = 0;
    double lag = 0;
    for (Map.Entry<MetricName, ? extends Metric> e : streams.metrics().entrySet()) {
      switch (e.getKey().name()) {
        case "process-rate" -> rate += inThread(e);
        case "commit-latency-avg" -> commit = Math.max(commit, inThread(e));
        case "records-lag-max" -> lag = Math.max(lag, value(e));
        default -> {}
      }
    }
    Figures.set("process_rate", rate, "records/s");
    Figures.set("commit_latency", commit, "ms");
    Figures.set("records_lag", lag, "records");
    long size = size(state);
    if (size >= 0) {
      Figures.set("state_size", size, "bytes");
    }
  }

  private static double inThread(Map.Entry<MetricName, ? extends Metric> e) {
    return e.getKey().group().equals("stream-thread-metrics") ? value(e) : 0;
  }

  /** 0 where there is nothing yet. */
  private static double value(Map.Entry<MetricName, ? extends Metric> e) {
    return e.getValue().metricValue() instanceof Number n && Double.isFinite(n.doubleValue())
        ? n.doubleValue()
        : 0;
  }

  /**
   * Bytes of all files below a folder; below 0 where one went away while it was listed: the next
   * look is in a second.
   */
  static long size(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.mapToLong(f -> f.toFile().isFile() ? f.toFile().length() : 0).sum();
    } catch (IOException | UncheckedIOException e) {
      return -1;
    }
  }
}
