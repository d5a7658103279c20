package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Stage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.OutputMode;
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
  StageQuery start(int index) throws TimeoutException {
    String name = plan.prefix() + "-" + index;
    StageRef ref = new StageRef(broadcast, index);
    LongAccumulator foreign = spark.sparkContext().longAccumulator(name + " foreign records");
    Gate gate = new Gate(name);
    Answering answering = new Answering(ref, foreign);
    spark
        .sparkContext()
        .setLocalProperty("spark.scheduler.pool", name); // the query's thread inherits it
    DataStreamWriter<Row> writer =
        results(ref.stage(), answering, gate)
            .writeStream()
            .queryName(name)
            .outputMode(mode(ref.stage()))
            .option("checkpointLocation", Settings.checkpoint(plan, index))
            .trigger(Trigger.ProcessingTime(plan.batchIntervalMillis()));
    progress.expect(name, index, groups(ref.stage()) ? 2 : 1, foreign);
    return new StageQuery(index, sink(writer, ref).start(), gate, progress);
  }

  private Dataset<Row> results(Stage stage, Answering answering, Gate gate) {
    Dataset<Row> source =
        spark
            .readStream()
            .format("kafka")
            .options(Settings.source(plan))
            .option("subscribe", plan.stageInput(stage.index()))
            .load()
            .select(Columns.source());
    if (stage.dedupe() != null) {
      return keyed(source, new Deduplicating(answering), gate);
    }
    if (stage.detect() != null) {
      return keyed(source, new Detecting(answering), gate);
    }
    Dataset<Row> answers = source.mapPartitions(new Stateless(answering, gate), Columns.sink());
    if (!groups(stage)) {
      return answers;
    }
    // Both in one query: a batch's answers and what it adds up to are committed together, from the
    // same offsets, though each branch reads them.
    Dataset<Row> contributions =
        source.mapPartitions(new Contributing(answering, gate), Contributing.schema());
    return answers.union(
        stage.aggregation() != null
            ? new Totals(answering).of(contributions)
            : new Windows(answering, plan.partitions(), plan.eventTimeMin()).of(contributions));
  }

  /** Whether a stage has a branch with a GROUP BY. */
  private static boolean groups(Stage stage) {
    return stage.window() != null || stage.aggregation() != null;
  }

  /** A window is told of when it is final, a total each time it has changed. */
  private static OutputMode mode(Stage stage) {
    return stage.aggregation() == null ? OutputMode.Append() : OutputMode.Update();
  }

  private static Dataset<Row> keyed(Dataset<Row> source, Keyed processor, Gate gate) {
    return source
        .mapPartitions(new Keying(processor.answering(), gate), Columns.keyed())
        .groupBy("owner")
        .as(Encoders.LONG(), Columns.keyed())
        .transformWithState(processor, TimeMode.None(), OutputMode.Append(), Columns.sink());
  }

  private DataStreamWriter<Row> sink(DataStreamWriter<Row> writer, StageRef ref) {
    if (plan.exactlyOnce()) {
      return writer.foreach(new TransactionalWriter(ref));
    }
    Map<String, String> kafka = new LinkedHashMap<>();
    Settings.producer(plan).forEach((k, v) -> kafka.put("kafka." + k, v));
    return writer.format("kafka").options(kafka);
  }
}
