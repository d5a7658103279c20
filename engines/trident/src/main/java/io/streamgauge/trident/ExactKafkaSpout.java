package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Plan;
import java.util.List;
import java.util.Map;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutConfig;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutTopicPartition;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutTransactional;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.trident.spout.IPartitionedTridentSpout;
import org.apache.storm.tuple.Fields;

/**
 * Storm's transactional Kafka spout with an emitter that replays a batch as it was: see {@link
 * ExactEmitter}. All else is {@link KafkaTridentSpoutTransactional}.
 */
final class ExactKafkaSpout
    implements IPartitionedTridentSpout<
        List<Map<String, Object>>, KafkaTridentSpoutTopicPartition, Map<String, Object>> {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int stage;
  private final KafkaTridentSpoutConfig<byte[], byte[]> config;
  private final KafkaTridentSpoutTransactional<byte[], byte[]> spout;

  ExactKafkaSpout(Plan plan, int stage, KafkaTridentSpoutConfig<byte[], byte[]> config) {
    this.plan = plan;
    this.stage = stage;
    this.config = config;
    spout = new KafkaTridentSpoutTransactional<>(config);
  }

  @Override
  public Coordinator<List<Map<String, Object>>> getCoordinator(
      Map<String, Object> conf, TopologyContext context) {
    return spout.getCoordinator(conf, context);
  }

  @Override
  public Emitter<List<Map<String, Object>>, KafkaTridentSpoutTopicPartition, Map<String, Object>>
      getEmitter(Map<String, Object> conf, TopologyContext context) {
    BatchReader reader = Options.of(plan).exactReemission() ? new BatchReader(config) : null;
    return new ExactEmitter(spout.getEmitter(conf, context), reader, Trial.of(plan), stage);
  }

  @Override
  public Map<String, Object> getComponentConfiguration() {
    return spout.getComponentConfiguration();
  }

  @Override
  public Fields getOutputFields() {
    return spout.getOutputFields();
  }
}
