package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Builds a job: one pipeline for each stage, from Kafka to Kafka. All of them are one Flink job, so
 * one checkpoint covers them all.
 *
 * <pre>
 * no state:        source > answering > sink
 * dedupe, detect:  source ~ keyed state > sink
 * aggregate:       source ~ keyed state > sink, or what else {@link Aggregates} makes of it
 * large messages:  source > receiving > sink
 *                             \ ~ keyed state > sink, where they come in chunks
 * window:          source > partition watermarks > answering > sink
 *                                                 \ ~ watermark memory > event-time window > sink
 *
 * >  in the same task, by a method call     ~  exchange by key, through network buffers
 * </pre>
 *
 * <p>The stateless operators run inside the source (see {@link Arriving}). Everything that touches
 * a device, also what only passes a stage with state, takes the same way, so that its order stays.
 */
final class Pipelines {
  private final StreamExecutionEnvironment env;
  private final Plan plan;
  private final Options options;
  private final Aggregates aggregates;

  private Pipelines(StreamExecutionEnvironment env, Plan plan, Aggregates aggregates) {
    this.env = env;
    this.plan = plan;
    options = new Options(plan);
    this.aggregates = aggregates;
  }

  /**
   * Adds the plan's job to an environment, which {@link Settings} has set. Reads the registry, to
   * know the stages.
   */
  static void build(StreamExecutionEnvironment env, Plan plan, Aggregates aggregates) {
    Pipelines p = new Pipelines(env, plan, aggregates);
    for (int i = 0; i < plan.job().stages().size(); i++) {
      p.add(Programs.stage(plan, i));
    }
  }

  private void add(Stage stage) {
    DataStream<Arrival> arrivals = source(stage);
    if (stage.dedupe() != null) {
      SingleOutputStreamOperator<OutRecord> out =
          byOwner(arrivals).process(new Deduping(plan, stage.index()), Types.OUT_RECORD);
      sink(out.name("dedupe").uid(stage.name() + ".dedupe"), stage, "events");
    } else if (stage.detect() != null) {
      SingleOutputStreamOperator<OutRecord> out =
          byOwner(arrivals).process(new Detecting(plan, stage.index()), Types.OUT_RECORD);
      sink(out.name("detect").uid(stage.name() + ".detect"), stage, "events");
    } else if (stage.messages() != null) {
      messages(arrivals, stage);
    } else if (stage.aggregation() != null) {
      sink(aggregates.over(arrivals, plan, stage), stage, "updates");
    } else {
      SingleOutputStreamOperator<OutRecord> out =
          arrivals.process(new Answering(plan, stage.index()), Types.OUT_RECORD);
      sink(out.name("answer").uid(stage.name() + ".answer"), stage, "events");
      if (stage.window() != null) {
        sink(Windows.over(out.getSideOutput(Answering.SAMPLES), plan, stage), stage, "windows");
      }
    }
  }

  private void messages(DataStream<Arrival> arrivals, Stage stage) {
    SingleOutputStreamOperator<OutRecord> whole =
        arrivals.process(new Receiving(plan, stage.index()), Types.OUT_RECORD);
    sink(whole.name("receive").uid(stage.name() + ".receive"), stage, "events");
    SingleOutputStreamOperator<OutRecord> chunks =
        whole
            .getSideOutput(Receiving.CHUNKS)
            .keyBy(Event::owner, BasicTypeInfo.LONG_TYPE_INFO)
            .process(new Chunks(plan, stage.index()), Types.OUT_RECORD);
    sink(chunks.name("message").uid(stage.name() + ".message"), stage, "chunks");
  }

  static KeyedStream<Arrival, Long> byOwner(DataStream<Arrival> arrivals) {
    return arrivals.keyBy(Arrival::owner, BasicTypeInfo.LONG_TYPE_INFO);
  }

  private DataStream<Arrival> source(Stage stage) {
    Properties consumer = Options.properties(options.consumer());
    consumer.remove("auto.offset.reset"); // the source's own to set
    consumer.put("partition.discovery.interval.ms", "-1"); // topics are complete
    KafkaSource<Arrival> source =
        KafkaSource.<Arrival>builder()
            .setProperties(consumer)
            .setTopics(plan.stageInput(stage.index()))
            .setGroupId(plan.prefix())
            .setClientIdPrefix(plan.prefix() + "." + stage.name())
            .setStartingOffsets(
                OffsetsInitializer.earliest()) // without a checkpoint; with one, where that stands
            .setDeserializer(new Arriving(plan, stage.index()))
            .build();
    DataStream<Arrival> arrivals =
        env.fromSource(source, watermarks(stage), stage.name(), Types.ARRIVAL)
            .uid(stage.name() + ".source");
    return stage.window() == null
        ? arrivals
        : arrivals
            .transform(
                "partition watermarks", Types.ARRIVAL, new PartitionWatermarks(plan, stage.index()))
            .uid(stage.name() + ".partitions");
  }

  /**
   * Watermarks of each partition by itself. No idleness: a quiet partition holds windows open, or
   * its events would be late.
   */
  private WatermarkStrategy<Arrival> watermarks(Stage stage) {
    if (stage.window() == null) {
      return WatermarkStrategy.noWatermarks();
    }
    Plan shipped = plan;
    int index = stage.index();
    return WatermarkStrategy.<Arrival>forGenerator(
            context -> new WatermarksAtWindowEnds(Programs.stage(shipped, index).window()))
        .withTimestampAssigner(
            (arrival, kafkas) -> arrival.event() == null ? kafkas : arrival.event().time);
  }

  private void sink(DataStream<OutRecord> records, Stage stage, String what) {
    String name = stage.name() + "." + what;
    KafkaSink<OutRecord> sink =
        KafkaSink.<OutRecord>builder()
            .setKafkaProducerConfig(Options.properties(options.producer()))
            .setRecordSerializer(new Leaving(plan.stageOutput(stage.index()), plan.deadLetters()))
            .setDeliveryGuarantee(
                plan.exactlyOnce()
                    ? DeliveryGuarantee.EXACTLY_ONCE
                    : DeliveryGuarantee.AT_LEAST_ONCE)
            .setTransactionalIdPrefix(plan.prefix() + "." + name)
            .setTransactionNamingStrategy(options.transactions())
            .build();
    records.sinkTo(sink).name(name).uid(name);
  }
}
