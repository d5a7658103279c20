package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Stage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.streaming.api.java.JavaInputDStream;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.kafka010.ConsumerStrategies;
import org.apache.spark.streaming.kafka010.ConsumerStrategy;
import org.apache.spark.streaming.kafka010.KafkaUtils;
import org.apache.spark.streaming.kafka010.LocationStrategies;

/**
 * The streams of a job. A job without state goes on from the offsets in its consumer groups. One
 * with state goes on from Spark's checkpoint, which has state and offsets together: what the groups
 * say then is for onlookers only.
 */
final class Topology {
  private final Plan plan;
  private final List<Stage> stages;
  private final Settings settings;
  private final boolean stateful;

  Topology(Plan plan, List<Stage> stages) {
    this.plan = plan;
    this.stages = stages;
    settings = new Settings(plan);
    stateful = !stages.stream().allMatch(Stage::stateless);
  }

  /** Makes the application, or restores it. */
  JavaStreamingContext open() {
    if (!stateful) {
      return build();
    }
    String checkpoint = settings.checkpoint();
    settings.listenHere();
    return JavaStreamingContext.getOrCreate(
        checkpoint,
        () -> {
          JavaStreamingContext context = build();
          context.checkpoint(checkpoint);
          return context;
        },
        settings.files());
  }

  private JavaStreamingContext build() {
    JavaStreamingContext context = new JavaStreamingContext(settings.spark(), settings.batch());
    for (Stage s :
        stages) { // output operations of a batch run in the order in which they are declared
      JavaInputDStream<ConsumerRecord<byte[], byte[]>> in =
          KafkaUtils.createDirectStream(
              context,
              LocationStrategies.PreferConsistent(),
              source(s.index()),
              new Admission(s.index(), settings.maxRate(stateful), settings.batchesInFlight()));
      if (s.stateless()) {
        StatelessStage.declare(plan, s.index(), in);
      } else {
        new StatefulStage(plan, s, in).declare(settings.stateCheckpoint(), settings.maxIdle());
      }
    }
    return context;
  }

  /**
   * The partitions are given by hand: a member of a consumer group that was killed keeps the others
   * waiting until its session times out.
   */
  private ConsumerStrategy<byte[], byte[]> source(int stage) {
    Map<TopicPartition, Long> start = new HashMap<>();
    for (int p = 0; p < plan.partitions(); p++) {
      start.put(new TopicPartition(plan.stageInput(stage), p), 0L);
    }
    // Where there is no checkpoint yet, state begins empty, and so must reading, whatever the group
    // has committed already.
    Map<TopicPartition, Long> from = stateful ? start : Map.of();
    return ConsumerStrategies.Assign(List.copyOf(start.keySet()), settings.consumer(stage), from);
  }
}
