package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Stage;
import java.util.LinkedHashMap;
import java.util.List;
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
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.util.LongAccumulator;

/** Makes the streaming queries of each stage of a job. */
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

  /**
   * Starts the queries of a stage. Windows have one of their own: Spark runs no task that writes
   * before all that is to be shuffled in the same query has been, so that in one query each event
   * would wait for its answer until the batch's windows are done.
   */
  List<StageQuery> start(int index) throws TimeoutException {
    StageRef ref = new StageRef(broadcast, index);
    StageQuery answers = answers(ref);
    return ref.stage().window() == null ? List.of(answers) : List.of(answers, windows(ref));
  }

  private StageQuery answers(StageRef ref) throws TimeoutException {
    String name = plan.prefix() + "-" + ref.index();
    LongAccumulator foreign = foreign(name);
    Gate gate = new Gate(name);
    progress.expect(name, ref.index(), ref.stage().aggregation() == null ? 1 : 2, foreign);
    Dataset<Row> rows = answers(new Answering(ref, foreign), gate);
    return new StageQuery(
        ref.index(), run(name, "stage-" + ref.index(), ref, rows), gate, progress);
  }

  private StageQuery windows(StageRef ref) throws TimeoutException {
    String name = plan.prefix() + "-" + ref.index() + "-windows";
    Gate gate = new Gate(name);
    progress.expectWindows(name, ref.index());
    // Foreign records are counted where events are answered, and not here again.
    Dataset<Row> rows = windows(new Answering(ref, foreign(name)), gate);
    return new StageQuery(
        ref.index(), run(name, "stage-" + ref.index() + "-windows", ref, rows), gate, progress);
  }

  private LongAccumulator foreign(String name) {
    return spark.sparkContext().longAccumulator(name + " foreign records");
  }

  private StreamingQuery run(String name, String checkpoint, StageRef ref, Dataset<Row> rows)
      throws TimeoutException {
    spark
        .sparkContext()
        .setLocalProperty("spark.scheduler.pool", name); // the query's thread inherits it
    DataStreamWriter<Row> writer =
        rows.writeStream()
            .queryName(name)
            .outputMode(mode(ref.stage()))
            .option("checkpointLocation", Settings.checkpoint(plan, checkpoint))
            .trigger(Trigger.ProcessingTime(plan.batchIntervalMillis()));
    return sink(writer, ref).start();
  }

  private Dataset<Row> source(Stage stage) {
    return Source.of(spark, Settings.source(plan), plan.stageInput(stage.index()));
  }

  /** What a stage writes but for its windows. */
  Dataset<Row> answers(Answering answering, Gate gate) {
    Stage stage = answering.stage();
    Dataset<Row> source = source(stage);
    if (stage.dedupe() != null) {
      return keyed(source, new Deduplicating(answering), gate);
    }
    if (stage.detect() != null) {
      return keyed(source, new Detecting(answering), gate);
    }
    if (stage.messages() != null) {
      return keyed(source, new Receiving(answering), gate);
    }
    Dataset<Row> answers = source.mapPartitions(new Stateless(answering, gate), Columns.sink());
    if (stage.aggregation() == null) {
      return answers;
    }
    // An update is what answers events, so that both can be in one query: a batch's updates and
    // dead letters are committed together, from the same offsets, though each branch reads them.
    return answers.union(
        new Totals(answering)
            .of(source.mapPartitions(new Contributing(answering, gate), Contributing.schema())));
  }

  /** The windows of a stage. */
  Dataset<Row> windows(Answering answering, Gate gate) {
    return new Windows(answering, plan.partitions(), plan.eventTimeMin())
        .of(
            source(answering.stage())
                .mapPartitions(new Contributing(answering, gate), Contributing.schema()),
            gate);
  }

  /** A window is told of when it is final, a total each time it has changed. */
  private static OutputMode mode(Stage stage) {
    return stage.aggregation() == null ? OutputMode.Append() : OutputMode.Update();
  }

  static Dataset<Row> keyed(Dataset<Row> source, Keyed processor, Gate gate) {
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
