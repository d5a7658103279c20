package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Adapter;
import io.streamgauge.joblib.contract.Contract;
import io.streamgauge.joblib.contract.Hello;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Drain;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.storm.kafka.bolt.KafkaBolt;
import org.apache.storm.kafka.bolt.mapper.FieldNameBasedTupleToKafkaMapper;
import org.apache.storm.kafka.bolt.selector.DefaultTopicSelector;
import org.apache.storm.kafka.spout.FirstPollOffsetStrategy;
import org.apache.storm.kafka.spout.KafkaSpout;
import org.apache.storm.kafka.spout.KafkaSpoutConfig;
import org.apache.storm.topology.TopologyBuilder;

/**
 * The least that Storm can do, as the documentation of storm-kafka-client writes it: one topic into
 * another. What the job identity costs beside this, under the same plan and settings, is the
 * adapter's. Not an engine: its answers have no headers.
 */
final class CopyJob implements Adapter {
  private CopyJob() {}

  public static void main(String[] args) {
    Contract.main(args, new CopyJob());
  }

  @Override
  public Hello hello() {
    return new Hello("storm-copy", "test", List.of("at-least-once"), Map.of());
  }

  @Override
  public Map<String, Object> settings(Plan plan) {
    return Map.of();
  }

  private static TopologyBuilder topology(Plan plan, Options options) {
    KafkaSpoutConfig<byte[], byte[]> source =
        new KafkaSpoutConfig.Builder<byte[], byte[]>(plan.bootstrap(), plan.stageInput(0))
            .setProp(Source.settings(plan, options))
            .setGroupId(Source.group(plan, 0))
            .setFirstPollOffsetStrategy(FirstPollOffsetStrategy.UNCOMMITTED_EARLIEST)
            .setOffsetCommitPeriodMs(plan.commitIntervalMillis())
            .setMaxUncommittedOffsets(options.maxUncommittedOffsets())
            .setPollTimeoutMs(options.pollTimeoutMillis())
            .build();
    Properties producer = new Properties();
    producer.putAll(Writer.settings(plan));
    KafkaBolt<byte[], byte[]> sink =
        new KafkaBolt<byte[], byte[]>()
            .withProducerProperties(producer)
            .withTopicSelector(new DefaultTopicSelector(plan.stageOutput(0)))
            .withTupleToKafkaMapper(new FieldNameBasedTupleToKafkaMapper<>("key", "value"));
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout("spout", new KafkaSpout<>(source), Settings.tasks(plan));
    builder.setBolt("sink", sink, Settings.tasks(plan)).shuffleGrouping("spout");
    return builder;
  }

  @Override
  public void run(Session session) throws Exception {
    Plan plan = session.plan();
    Options options = Options.of(plan);
    try (Local cluster = Local.start(plan.stateDir().resolve("local"), plan.readyMillis())) {
      cluster.submit(
          "copy", Settings.topology(plan, options), topology(plan, options).createTopology());
      session.status().ready();
      if (session.awaitEnd()) {
        try (Drain drain = new Drain(session)) {
          drain.committed(Source.group(plan, 0), plan.stageInput(0));
        }
      }
    }
  }
}
