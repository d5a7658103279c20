package io.streamgauge.sparkrealtime;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.spark.Answering;
import io.streamgauge.spark.Columns;
import io.streamgauge.spark.Deduplicating;
import io.streamgauge.spark.Detecting;
import io.streamgauge.spark.Gate;
import io.streamgauge.spark.Keyed;
import io.streamgauge.spark.Keying;
import io.streamgauge.spark.Progress;
import io.streamgauge.spark.Receiving;
import io.streamgauge.spark.Source;
import io.streamgauge.spark.StageRef;
import io.streamgauge.spark.Stateless;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.util.LongAccumulator;

/** Makes the streaming query of each stage of a job. */
final class Queries {
  private final Plan plan;
  private final SparkSession spark;
  private final Progress progress;
  private final Broadcast<Plan> broadcast;

  Queries(Plan plan, SparkSession spark, Progress progress) {
    this.plan = plan;
    this.spark = spark;
    this.progress = progress;
    broadcast = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(plan);
  }

  /** Starts the query of a stage. */
  StageRun start(int index) throws TimeoutException {
    String name = plan.prefix() + "-" + index;
    LongAccumulator foreign = spark.sparkContext().longAccumulator(name + " foreign records");
    Answering answering = new Answering(new StageRef(broadcast, index), foreign);
    Gate gate = new Gate(name);
    progress.expect(name, index, 1, foreign);
    StreamingQuery query =
        results(answering, gate)
            .writeStream()
            .queryName(name)
            .outputMode(OutputMode.Update())
            .option("checkpointLocation", plan.stateDir().resolve("stage-" + index).toString())
            .trigger(Trigger.RealTime(Settings.batchMillis(plan)))
            .format("kafka")
            .options(Settings.sink(plan))
            .start();
    return new StageRun(index, answering.stage().window() != null, query, gate, progress);
  }

  /** What a stage writes. */
  Dataset<Row> results(Answering answering, Gate gate) {
    Stage stage = answering.stage();
    Dataset<Row> source = Source.of(spark, Settings.source(plan), plan.stageInput(stage.index()));
    if (stage.dedupe() != null) {
      return keyed(source, new Deduplicating(answering), gate);
    }
    if (stage.detect() != null) {
      return keyed(source, new Detecting(answering), gate);
    }
    if (stage.messages() != null) {
      return keyed(source, new Receiving(answering), gate);
    }
    if (stage.aggregation() != null) {
      return keyed(source, new Totalling(answering), gate);
    }
    if (stage.window() != null) {
      return new Windows(answering, plan.eventTimeMin()).of(source, gate);
    }
    return source.mapPartitions(new Stateless(answering, gate), Columns.sink());
  }

  /**
   * A state for each device; most processors are those of the micro-batch adapter. Here they are
   * called for each record as it comes out of the shuffle, which keeps the order of what one task
   * sends to another: a device's records are in one partition of the topic, and that is read by one
   * task.
   */
  private static Dataset<Row> keyed(Dataset<Row> source, Keyed processor, Gate gate) {
    return source
        .mapPartitions(new Keying(processor.answering(), gate), Columns.keyed())
        .groupBy("owner")
        .as(Encoders.LONG(), Columns.keyed())
        .transformWithState(processor, TimeMode.None(), OutputMode.Update(), Columns.sink());
  }
}
