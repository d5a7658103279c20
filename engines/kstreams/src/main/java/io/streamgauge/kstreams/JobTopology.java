package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Aggregate;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.operator.Window;
import io.streamgauge.joblib.record.OutRecord;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * A job as one topology. Each stage is a sub-topology of its own, because nothing but the topics of
 * the plan links it to the next; Kafka Streams makes a task of each of them for each partition and
 * spreads the tasks over its threads.
 *
 * <pre>
 *   input ─► parse ─► stage-1 ─► dedupe ─► stage-2 ─► … ─► summarise ─► output
 *              │                   │ store                   │ window store
 *              └───────────────────┴───► dead letters ◄──────┘
 * </pre>
 */
final class JobTopology {
  private static final Serde<Aggregate> SUM =
      Serdes.serdeFrom(
          (topic, sum) -> sum == null ? null : sum.toBytes(),
          (topic, b) -> b == null ? null : Aggregate.fromBytes(b));
  private static final Serde<Total> TOTAL =
      Serdes.serdeFrom(
          (topic, total) -> total == null ? null : total.toBytes(),
          (topic, b) -> b == null ? null : Total.fromBytes(b));

  private final Plan plan;
  private final Options options;
  private final Commits commits;
  private final StreamsBuilder builder = new StreamsBuilder();

  private JobTopology(Plan plan, Options options, Commits commits) {
    this.plan = plan;
    this.options = options;
    this.commits = commits;
  }

  /** Builds the topology of a plan's job. */
  static Topology of(Plan plan, List<Stage> stages, Options options, Commits commits) {
    JobTopology t = new JobTopology(plan, options, commits);
    stages.forEach(t::add);
    return t.builder.build();
  }

  private void add(Stage stage) {
    if (stage.window() != null) {
      windows(stage);
      return;
    }
    if (stage.aggregation() != null) {
      totals(stage);
      return;
    }
    KStream<Device, byte[]> source = source(stage, EventTime.PLAIN);
    send(stage, "answers", answers(stage, source));
  }

  private KStream<Device, OutRecord> answers(Stage stage, KStream<Device, byte[]> source) {
    if (stage.messages() != null) {
      return messages(stage, source);
    }
    return stage.stateless() ? stateless(stage, source) : remembering(stage, source);
  }

  /**
   * Of large messages: where devices stand, and in a second store the chunks of what is to be put
   * together.
   */
  private KStream<Device, OutRecord> messages(Stage stage, KStream<Device, byte[]> source) {
    String topic = plan.stageInput(stage.index());
    String state = name(stage, "state");
    builder.addStateStore(
        Stores.keyValueStoreBuilder(options.keyValueStore(state), Device.IN_STORE, Versions.SERDE)
            .withLoggingEnabled(Map.of()));
    if (!stage.messages().assembles()) {
      return source.processValues(
          () -> new Receiving(stage, topic, state, null, commits),
          named(stage, "operators"),
          state);
    }
    String parts = name(stage, "parts");
    builder.addStateStore(
        Stores.keyValueStoreBuilder(
                options.keyValueStore(parts), Serdes.Bytes(), Serdes.ByteArray())
            .withLoggingEnabled(Map.of()));
    return source.processValues(
        () -> new Receiving(stage, topic, state, parts, commits),
        named(stage, "operators"),
        state,
        parts);
  }

  private KStream<Device, OutRecord> stateless(Stage stage, KStream<Device, byte[]> source) {
    return source.processValues(() -> new Answering(stage), named(stage, "operators"));
  }

  private KStream<Device, OutRecord> remembering(Stage stage, KStream<Device, byte[]> source) {
    String topic = plan.stageInput(stage.index());
    String store = name(stage, "state");
    builder.addStateStore(
        Stores.keyValueStoreBuilder(options.keyValueStore(store), Device.IN_STORE, Undoable.SERDE)
            .withLoggingEnabled(Map.of()));
    return source.processValues(
        () ->
            stage.dedupe() != null
                ? new Deduplicating(stage, topic, store, commits)
                : new Detecting(stage, topic, store, commits),
        named(stage, "operators"),
        store);
  }

  /**
   * Windows are the DSL's. Answers are attached first: children of a processor get a record in that
   * order, so an event stands before the windows it closes.
   */
  private void windows(Stage stage) {
    Window window = stage.window();
    EventTime time = EventTime.of(plan, window);
    KStream<Device, Given<Aggregate>> given =
        source(stage, time)
            .processValues(() -> new Windowing.Entrance(stage), named(stage, "operators"));
    send(stage, "answers", given.processValues(Given.Exit::new, named(stage, "answers")));
    KStream<Device, OutRecord> results =
        given
            .filter((device, g) -> g.shared(), named(stage, "events"))
            .groupByKey(Grouped.with(name(stage, "by-device"), Device.IN_STORE, null))
            .windowedBy(
                TimeWindows.ofSizeAndGrace(
                        Duration.ofMillis(window.size()), Duration.ofMillis(window.lateness()))
                    .advanceBy(Duration.ofMillis(window.step())))
            .emitStrategy(EmitStrategy.onWindowClose())
            .aggregate(Aggregate::new, Windowing::add, named(stage, "window"), windowStore(stage))
            .toStream(named(stage, "closed"))
            .process(() -> new Windowing.Result(stage, time.shift()), named(stage, "results"));
    send(stage, "results", results);
  }

  /**
   * Totals are a KTable of the DSL: without a cache before the store, each event is told of at
   * once.
   */
  private void totals(Stage stage) {
    KStream<Device, Given<Total>> given =
        source(stage, EventTime.PLAIN)
            .processValues(() -> new Totalling.Entrance(stage), named(stage, "operators"));
    send(stage, "answers", given.processValues(Given.Exit::new, named(stage, "answers")));
    KStream<Device, OutRecord> updates =
        given
            .filter((device, g) -> g.shared(), named(stage, "events"))
            .groupByKey(Grouped.with(name(stage, "by-device"), Device.IN_STORE, null))
            .aggregate(Total::new, Totalling::add, named(stage, "aggregate"), totalStore(stage))
            .toStream(named(stage, "changed"))
            .process(() -> new Totalling.Result(stage), named(stage, "results"));
    send(stage, "results", updates);
  }

  private Materialized<Device, Total, KeyValueStore<Bytes, byte[]>> totalStore(Stage stage) {
    return Materialized.<Device, Total, KeyValueStore<Bytes, byte[]>>as(name(stage, "state"))
        .withKeySerde(Device.IN_STORE)
        .withValueSerde(TOTAL)
        .withStoreType(options.windowStore());
  }

  private Materialized<Device, Aggregate, WindowStore<Bytes, byte[]>> windowStore(Stage stage) {
    return Materialized.<Device, Aggregate, WindowStore<Bytes, byte[]>>as(name(stage, "state"))
        .withKeySerde(Device.IN_STORE)
        .withValueSerde(SUM)
        .withStoreType(options.windowStore())
        .withRetention(Duration.ofMillis(options.windowRetention(plan, stage.window())))
        .withLoggingEnabled(Map.of("retention.ms", "-1"));
  }

  private KStream<Device, byte[]> source(Stage stage, EventTime time) {
    return builder.stream(
        plan.stageInput(stage.index()),
        Consumed.with(Device.IN_RECORD, Serdes.ByteArray())
            .withTimestampExtractor(time)
            .withName(name(stage, "source")));
  }

  private void send(Stage stage, String what, KStream<Device, OutRecord> results) {
    results.to(
        Answers.topic(plan.stageOutput(stage.index()), plan.deadLetters()),
        Produced.with(Device.IN_RECORD, Answers.SERDE).withName(name(stage, what + "-sink")));
  }

  private static Named named(Stage stage, String what) {
    return Named.as(name(stage, what));
  }

  /**
   * Names of stages need not be unique in a job, nor valid for a topic: the index is, and state is
   * found by it again.
   */
  private static String name(Stage stage, String what) {
    return "stage-" + stage.index() + "-" + what;
  }
}
