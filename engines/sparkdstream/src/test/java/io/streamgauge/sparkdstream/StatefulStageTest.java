package io.streamgauge.sparkdstream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Registry;
import io.streamgauge.joblib.operator.Stage;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.api.java.JavaInputDStream;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.dstream.DStream;
import org.apache.spark.streaming.kafka010.ConsumerStrategies;
import org.apache.spark.streaming.kafka010.ConsumerStrategy;
import org.apache.spark.streaming.kafka010.KafkaUtils;
import org.apache.spark.streaming.kafka010.LocationStrategies;
import org.junit.jupiter.api.Test;

/** The streams of a stage as they are declared; nothing is read. */
class StatefulStageTest {
  private static final String PLAN =
      """
      {"contract": 1, "partitions": 1, "guarantee": "at-least-once", "prefix": "sg.test",
       "brokers": {"bootstrap": ["nowhere:1"]},
       "job": {"name": "l", "stages": [{"name": "only", "do": [{"scan": {}}]}]},
       "topics": {"input": "in", "stages": [], "output": "out"}}
      """;

  private final Plan plan = Plan.parse(PLAN);
  private final Settings settings = new Settings(plan);

  private JavaInputDStream<ConsumerRecord<byte[], byte[]>> input(JavaStreamingContext context) {
    Map<TopicPartition, Long> none = Map.of();
    ConsumerStrategy<byte[], byte[]> source =
        ConsumerStrategies.Assign(List.of(new TopicPartition("in", 0)), settings.consumer(0), none);
    return KafkaUtils.createDirectStream(
        context, LocationStrategies.PreferConsistent(), source, new Admission(0, 1, 1));
  }

  /** Written answers are emptied where they lie: of bytes that would be a copy. */
  @Test
  void answersOfLargeMessagesAreKeptAsObjects() {
    Stage stage = Stage.compile(plan, new Registry()).get(0);
    try (JavaStreamingContext context =
        new JavaStreamingContext(settings.spark(), settings.batch())) {
      new StatefulStage(plan, stage, input(context))
          .declare(settings.stateCheckpoint(), settings.maxIdle());
      DStream<?> answers = context.ssc().graph().getOutputStreams()[0].dependencies().head();
      DStream<?> states = answers.dependencies().head();
      assertEquals(StorageLevel.MEMORY_ONLY(), states.storageLevel());
    }
  }
}
