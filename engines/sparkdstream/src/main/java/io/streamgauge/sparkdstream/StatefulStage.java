package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.StateSpec;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaInputDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import org.apache.spark.streaming.kafka010.HasOffsetRanges;
import org.apache.spark.streaming.kafka010.OffsetRange;

/**
 * A stage with state. Each batch makes a new RDD of state from the one before and the batch's
 * arrivals; nothing is changed in place, so that a batch can be done again from the state it began
 * with. Spark writes the state to disk now and then, and the offsets of the batches since; after a
 * crash it makes their states again, and runs those that had not ended.
 */
final class StatefulStage {
  private final Plan plan;
  private final Stage stage;
  private final JavaInputDStream<ConsumerRecord<byte[], byte[]>> in;
  private final ByKafkaPartition partitioner;

  StatefulStage(Plan plan, Stage stage, JavaInputDStream<ConsumerRecord<byte[], byte[]>> in) {
    this.plan = plan;
    this.stage = stage;
    this.in = in;
    partitioner = new ByKafkaPartition(plan.partitions());
  }

  /**
   * Declares the stage's streams.
   *
   * @param checkpoint how often state is written to disk
   * @param maxIdle how many batches without a record may be passed over
   */
  void declare(Duration checkpoint, int maxIdle) {
    JavaDStream<Answers> answers =
        withState(in.transformToPair(new Take(plan, stage.index(), partitioner)));
    answers.checkpoint(checkpoint);
    if (stage.messages() != null) {
      keepObjects(answers);
    }
    answers.foreachRDD(new Write(plan, stage.index(), new Outcome(stage.index(), in, maxIdle)));
  }

  /**
   * Keeps what mapWithState gives as objects, as it does of itself. Asked for checkpoints, Spark
   * keeps bytes of it, which {@link Answers#forget} does not reach: of large messages all answers
   * of some 40 s. The states of these stages are small. Batches whose states a restart makes again
   * are never written and so never emptied: they give none, see {@link Progress#restored}.
   */
  private static void keepObjects(JavaDStream<Answers> answers) {
    answers.dstream().dependencies().head().persist(StorageLevel.MEMORY_ONLY());
  }

  private JavaDStream<Answers> withState(JavaPairDStream<StateKey, Arrival> arrivals) {
    if (stage.dedupe() != null) {
      return arrivals.mapWithState(
          StateSpec.function(new DedupeState(plan, stage.index())).partitioner(partitioner));
    }
    if (stage.detect() != null) {
      return arrivals.mapWithState(
          StateSpec.function(new DetectState(plan, stage.index())).partitioner(partitioner));
    }
    if (stage.messages() != null) {
      return messages(arrivals);
    }
    if (stage.aggregation() != null) {
      return arrivals
          .mapValues(new Share.Of(plan, stage.index()))
          .reduceByKey(Share::plus, partitioner) // within the task: each key lies right already
          .mapWithState(
              StateSpec.function(new TotalState(plan, stage.index())).partitioner(partitioner));
    }
    return arrivals
        .transformToPair((batch, time) -> batch.mapPartitionsToPair(new Together(), true))
        .mapWithState(
            StateSpec.function(new WindowState(plan, stage.index())).partitioner(partitioner));
  }

  private JavaDStream<Answers> messages(JavaPairDStream<StateKey, Arrival> arrivals) {
    if (stage.messages().assembles()) {
      return arrivals.mapWithState(
          StateSpec.function(new ReassembleState(plan, stage.index())).partitioner(partitioner));
    }
    return arrivals.mapWithState(
        StateSpec.function(new ScanState(plan, stage.index())).partitioner(partitioner));
  }

  /** Each batch of the direct stream, as arrivals by the key of their state. */
  private record Take(Plan plan, int stage, ByKafkaPartition partitioner)
      implements Function2<
          JavaRDD<ConsumerRecord<byte[], byte[]>>, Time, JavaPairRDD<StateKey, Arrival>> {
    @Override
    public JavaPairRDD<StateKey, Arrival> call(
        JavaRDD<ConsumerRecord<byte[], byte[]>> batch, Time time) {
      OffsetRange[] ranges = ((HasOffsetRanges) batch.rdd()).offsetRanges();
      Progress.here().cut(stage, time, ranges);
      boolean ended = Progress.here().ended(time);
      JavaPairRDD<StateKey, Arrival> keyed = batch.flatMapToPair(new Keyed(plan, stage, ended));
      return JavaPairRDD.fromRDD(
          InPlace.of(keyed.rdd(), ranges, partitioner), keyed.kClassTag(), keyed.vClassTag());
    }
  }

  /** Each batch of answers. */
  private record Write(Plan plan, int stage, Outcome outcome)
      implements VoidFunction2<JavaRDD<Answers>, Time> {
    @Override
    public void call(JavaRDD<Answers> answers, Time time) throws Exception {
      outcome.of(time, () -> answers.foreachPartition(new WriteTask(plan, stage)));
    }
  }

  private static final class WriteTask extends StageTask
      implements VoidFunction<Iterator<Answers>> {
    private static final long serialVersionUID = 1;

    WriteTask(Plan plan, int stage) {
      super(plan, stage);
    }

    @Override
    public void call(Iterator<Answers> answers) throws Exception {
      Sink.Output out = open();
      List<Answers> written = new ArrayList<>();
      while (answers.hasNext()) {
        Answers a = answers.next();
        for (OutRecord r : a.records()) {
          out.send(r);
        }
        written.add(a);
      }
      out.flush();
      written.forEach(Answers::forget);
    }
  }
}
