package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Registry;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.Output;
import io.streamgauge.joblib.record.Stamp;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.test.TestRecord;

/** A job's topology in Kafka Streams' own test driver: one partition, offsets from 0. */
final class Rig implements AutoCloseable {
  private static final String PLAN =
      """
      {"contract": 1, "engine": "kstreams", "instance": "kstreams", "incarnation": 1,
       "brokers": {"bootstrap": ["localhost:1"]},
       "topics": {"input": "input", "stages": [%s], "output": "output", "deadletter": "dead", "registry": "registry"},
       "partitions": 1, "prefix": "sg.test", "guarantee": "%s", "commit_interval_ms": 100, "parallelism": 1,
       "event_time_min": %d, "event_time_max": %d,
       "limits": {"max_record_bytes": 1048576}, "state_dir": "/nonexistent", "log_dir": "/nonexistent",
       "options": %s,
       "job": {"name": "test",
         "reading": {"device": "id", "time": {"path": "t", "unit": "ms"}, "metrics": {"x": {"path": "x"}}},
         "event_time": {"lateness_ms": 5000}, "stages": [%s]}}
      """;

  /** What a plan needs to be filled in with. */
  record Setup(List<String> stages, String guarantee, long min, long max, String options) {
    Setup(String... stages) {
      this(List.of(stages), "at-least-once", 0, 1_000_000, "{\"store\": \"in-memory\"}");
    }

    Setup with(String newGuarantee) {
      return new Setup(stages, newGuarantee, min, max, options);
    }

    Setup between(long newMin, long newMax) {
      return new Setup(stages, guarantee, newMin, newMax, options);
    }

    Setup options(String newOptions) {
      return new Setup(stages, guarantee, min, max, newOptions);
    }

    Plan plan() {
      String between = stages.size() == 1 ? "" : "\"between\"";
      return Plan.parse(
          PLAN.formatted(between, guarantee, min, max, options, String.join(", ", stages)));
    }
  }

  private static final Path NOWHERE = Path.of("target", "no-state");

  private final TopologyTestDriver driver;
  private final TestInputTopic<byte[], byte[]> input;
  private final List<TestOutputTopic<byte[], byte[]>> outputs = new ArrayList<>();

  Rig(Setup setup) {
    this(setup, NOWHERE);
  }

  /** With its state, if it is on disk, below {@code folder}. */
  Rig(Setup setup, Path folder) {
    Plan plan = setup.plan();
    Options options = Options.of(plan);
    List<Stage> stages = Stage.compile(plan, new Registry());
    Properties settings = new Properties();
    settings.putAll(Settings.of(plan, options));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
    driver =
        new TopologyTestDriver(
            JobTopology.of(plan, stages, options, new Commits(plan.exactlyOnce())),
            settings,
            Instant.EPOCH);
    input = driver.createInputTopic("input", new ByteArraySerializer(), new ByteArraySerializer());
    for (String topic : List.of("output", "dead")) {
      outputs.add(
          driver.createOutputTopic(
              topic, new ByteArrayDeserializer(), new ByteArrayDeserializer()));
    }
  }

  /** Sends an event; {@code x} as JSON has it. */
  void send(String device, long sequence, long time, String x) {
    Stamp stamp = new Stamp(0, 1, device.hashCode(), sequence, sequence, 0);
    String value = "{\"id\":\"" + device + "\",\"t\":0,\"x\":" + x + "}";
    raw(
        device,
        value,
        new RecordHeaders()
            .add(Headers.STAMP, stamp.toBytes())
            .add(Headers.TIME, Headers.time(time)));
  }

  /** Sends a chunk of a message; {@code sgc} in hexadecimal, bytes as characters below 128. */
  void chunk(String device, long sequence, String sgc, String value) {
    Stamp stamp = new Stamp(4, 1, device.hashCode(), sequence, sequence, 0);
    raw(
        device,
        value,
        new RecordHeaders()
            .add(Headers.STAMP, stamp.toBytes())
            .add(Headers.TIME, Headers.time(7))
            .add(Headers.CHUNK, HexFormat.of().parseHex(sgc)));
  }

  /** How many entries a store has. */
  int entries(String store) {
    int n = 0;
    try (KeyValueIterator<Object, Object> all = driver.getKeyValueStore(store).all()) {
      for (; all.hasNext(); all.next()) {
        n++;
      }
    }
    return n;
  }

  /** Puts a value between the two stages of a job, which the first of them cannot have written. */
  void between(String device, long sequence, String value) {
    Stamp stamp = new Stamp(0, 1, device.hashCode(), sequence, sequence, 0);
    TestInputTopic<byte[], byte[]> topic =
        driver.createInputTopic("between", new ByteArraySerializer(), new ByteArraySerializer());
    topic.pipeInput(
        new TestRecord<>(
            bytes(device),
            bytes(value),
            new RecordHeaders()
                .add(Headers.STAMP, stamp.toBytes())
                .add(Headers.TIME, Headers.time(0)),
            0L));
  }

  /** Sends a record as it is. */
  void raw(String key, String value, org.apache.kafka.common.header.Headers headers) {
    input.pipeInput(new TestRecord<>(bytes(key), bytes(value), headers, 0L));
  }

  /**
   * What has come out since the last time: output, then dead letters, in the order they were
   * written.
   */
  List<String> read() {
    List<String> all = new ArrayList<>();
    for (TestOutputTopic<byte[], byte[]> topic : outputs) {
      topic.readRecordsToList().forEach(r -> all.add(describe(r)));
    }
    return all;
  }

  /** All records that have come out since the last time. */
  List<TestRecord<byte[], byte[]>> records() {
    List<TestRecord<byte[], byte[]>> all = new ArrayList<>();
    outputs.forEach(topic -> all.addAll(topic.readRecordsToList()));
    return all;
  }

  private static String describe(TestRecord<byte[], byte[]> r) {
    Output o = Output.parse(Device.first(r.headers(), Headers.OUTPUT));
    String what =
        switch (o.kind()) {
          case Output.EVENT -> "event " + o.sequence();
          case Output.ALERT -> "alert " + o.sequence();
          case Output.WINDOW -> "window " + o.sequence() + " of " + o.count();
          case Output.UPDATE -> "update of " + o.count() + " " + text(r.value());
          default -> "dead " + o.sequence() + " " + text(Device.first(r.headers(), Headers.REASON));
        };
    return text(r.key()) + " " + what;
  }

  /**
   * A kill before anything was committed: this rig's stores are as the changelogs of {@code old}
   * were, its input starts again.
   */
  void inherit(Rig old, String store) {
    KeyValueStore<Object, Object> mine = driver.getKeyValueStore(store);
    KeyValueStore<Object, Object> theirs = old.driver.getKeyValueStore(store);
    try (KeyValueIterator<Object, Object> all = theirs.all()) {
      all.forEachRemaining(e -> mine.put(e.key, e.value));
    }
  }

  private static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] b) {
    return new String(b, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    driver.close();
  }
}
