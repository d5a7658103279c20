package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import java.util.Map;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.storm.kafka.spout.FirstPollOffsetStrategy;
import org.apache.storm.kafka.spout.KafkaSpout;
import org.apache.storm.kafka.spout.KafkaSpoutConfig;
import org.apache.storm.kafka.spout.KafkaSpoutConfig.ProcessingGuarantee;

/**
 * The spout of a stage. It is assigned its partitions by the position of its task, so there is no
 * group to wait for after a restart, and goes on at the offset committed: all tuples before it were
 * acknowledged, and some behind it may have been.
 */
final class Source {
  private Source() {}

  static KafkaSpout<byte[], byte[]> spout(Plan plan, int stage, Options options) {
    Listener listener =
        new Listener(plan.job().stages().size() * Math.min(plan.parallelism(), plan.partitions()));
    return new Spout(
        listener,
        new KafkaSpoutConfig.Builder<byte[], byte[]>(plan.bootstrap(), plan.stageInput(stage))
            .setProp(Map.copyOf(settings(plan, options)))
            .setGroupId(group(plan, stage))
            .setRecordTranslator(new RecordFields())
            .setTupleListener(listener)
            .setProcessingGuarantee(ProcessingGuarantee.AT_LEAST_ONCE)
            .setFirstPollOffsetStrategy(FirstPollOffsetStrategy.UNCOMMITTED_EARLIEST)
            .setOffsetCommitPeriodMs(plan.commitIntervalMillis())
            .setMaxUncommittedOffsets(options.maxUncommittedOffsets())
            .setPollTimeoutMs(options.pollTimeoutMillis())
            .build());
  }

  /** The consumer's settings. */
  static Map<String, Object> settings(Plan plan, Options options) {
    Map<String, Object> m = Clients.objects(Clients.consumer(plan));
    m.remove("enable.auto.commit"); // the spout sets it to false and wants nobody else to
    m.put("key.deserializer", ByteArrayDeserializer.class.getName());
    m.put("value.deserializer", ByteArrayDeserializer.class.getName());
    m.put("max.poll.records", options.maxPollRecords());
    return m;
  }

  /** The consumer group that holds a stage's offsets. */
  static String group(Plan plan, int stage) {
    return plan.prefix() + ".stage-" + stage;
  }
}
