package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Verdict;
import java.util.Iterator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaInputDStream;
import org.apache.spark.streaming.kafka010.HasOffsetRanges;

/**
 * A stage without state. In each batch one task for each Kafka partition reads, runs the operators
 * and writes.
 */
final class StatelessStage {
  private StatelessStage() {}

  /** Declares the stage's streams. */
  static void declare(Plan plan, int stage, JavaInputDStream<ConsumerRecord<byte[], byte[]>> in) {
    in.transform(new Note(stage))
        .foreachRDD(new Write(plan, stage, new Outcome(stage, in, Integer.MAX_VALUE)));
  }

  /** Each batch of the direct stream, when it is cut. */
  private record Note(int stage)
      implements Function2<
          JavaRDD<ConsumerRecord<byte[], byte[]>>, Time, JavaRDD<ConsumerRecord<byte[], byte[]>>> {
    @Override
    public JavaRDD<ConsumerRecord<byte[], byte[]>> call(
        JavaRDD<ConsumerRecord<byte[], byte[]>> batch, Time time) {
      Progress.here().cut(stage, time, ((HasOffsetRanges) batch.rdd()).offsetRanges());
      return batch;
    }
  }

  /** Each batch, when it is run. */
  private record Write(Plan plan, int stage, Outcome outcome)
      implements VoidFunction2<JavaRDD<ConsumerRecord<byte[], byte[]>>, Time> {
    @Override
    public void call(JavaRDD<ConsumerRecord<byte[], byte[]>> batch, Time time) throws Exception {
      outcome.of(time, () -> batch.foreachPartition(new Task(plan, stage)));
    }
  }

  private static final class Task extends StageTask
      implements VoidFunction<Iterator<ConsumerRecord<byte[], byte[]>>> {
    private static final long serialVersionUID = 1;

    Task(Plan plan, int stage) {
      super(plan, stage);
    }

    @Override
    public void call(Iterator<ConsumerRecord<byte[], byte[]>> records) throws Exception {
      Stage stage = stage();
      Intake intake = new Intake(stage);
      Sink.Output out = open();
      while (records.hasNext()) {
        Arrival a = intake.take(records.next());
        if (a != null) {
          out.send(a.event() == null ? a.result() : stage.answer(a.event(), Verdict.PASS));
        }
      }
      out.flush();
    }
  }
}
