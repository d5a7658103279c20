package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.Output;
import io.streamgauge.joblib.record.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** A session in this process, plans of one stage and records for tests. */
final class Local {
  /** Columns as Kafka's source gives them. */
  static final StructType SOURCE =
      new StructType()
          .add("partition", DataTypes.IntegerType)
          .add("offset", DataTypes.LongType)
          .add("key", DataTypes.BinaryType)
          .add("value", DataTypes.BinaryType)
          .add(
              "headers",
              DataTypes.createArrayType(
                  new StructType()
                      .add("key", DataTypes.StringType)
                      .add("value", DataTypes.BinaryType)));

  private Local() {}

  static SparkSession session() {
    return SparkSession.builder()
        .master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.adaptive.enabled", "false") // as in a streaming query
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate();
  }

  /** A plan whose second stage has these operators; the first one decodes metric x. */
  static Plan plan(String name, String operators) {
    return Plan.parse(
        """
        {"contract": 1, "engine": "spark", "instance": "i", "incarnation": 1, "partitions": 2, "prefix": "sg.test.%s",
         "brokers": {"bootstrap": ["nowhere:1"]}, "guarantee": "at-least-once", "parallelism": 2,
         "topics": {"input": "in", "stages": ["mid"], "output": "out", "deadletter": "dead", "registry": ""},
         "job": {"name": "%s", "event_time": {"lateness_ms": 5000},
           "reading": {"device": "id", "time": {"path": "t"}, "metrics": {"x": {"path": "x"}}},
           "stages": [{"name": "one", "do": [{"decode": {}}]}, {"name": "two", "do": [%s]}]},
         "commit_interval_ms": 100, "batch_interval_ms": 100, "event_time_min": -100000, "event_time_max": 100000,
         "limits": {"max_record_bytes": 1000000}, "state_dir": "/s", "log_dir": "/l"}
        """
            .formatted(name, name, operators));
  }

  /** What the second stage of a plan does with records. */
  static Answering answering(Plan plan) {
    return answering(plan, 1);
  }

  /** What a stage of a plan does with records. */
  static Answering answering(Plan plan, int stage) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(session().sparkContext());
    return new Answering(
        new StageRef(context.broadcast(plan), stage), context.sc().longAccumulator());
  }

  static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  /** An event on the topic between the stages. */
  static InRecord event(long device, long sequence, long offset, long time, String value) {
    byte[] sg = new Stamp(0, 0, device, sequence, 1000 * sequence, 7).toBytes();
    return new InRecord(0, offset, bytes("d" + device), bytes(value), sg, Headers.time(time), null);
  }

  /** A result of an earlier stage. */
  static InRecord window(long device, long start, long offset) {
    byte[] sgo = new Output(Output.WINDOW, 0, device, start, 0, 1, 5, 0, 9).toBytes();
    return new InRecord(
        0, offset, bytes("d" + device), bytes("{}"), null, Headers.time(start + 9), sgo);
  }

  /** A row as Kafka's source gives it. */
  static Row source(InRecord in) {
    List<Row> headers = new ArrayList<>();
    add(headers, Headers.STAMP, in.sg());
    add(headers, Headers.TIME, in.sgt());
    add(headers, Headers.OUTPUT, in.sgo());
    add(headers, Headers.CHUNK, in.sgc());
    return org.apache.spark.sql.RowFactory.create(
        in.partition(),
        in.offset(),
        in.key(),
        in.value(),
        scala.jdk.javaapi.CollectionConverters.asScala(headers).toSeq());
  }

  /** What records bring to windows or totals, as data that has an end. */
  static Dataset<Row> contributions(Answering answering, InRecord... records) {
    return session()
        .createDataset(Stream.of(records).map(Local::source).toList(), Encoders.row(SOURCE))
        .map(
            (MapFunction<Row, Row>) r -> new Contributing(answering, null).apply(r),
            Contributing.schema());
  }

  private static void add(List<Row> headers, String name, byte[] value) {
    if (value != null) {
      headers.add(org.apache.spark.sql.RowFactory.create(name, value));
    }
  }

  /** A row for the sink in words: kind, device, sequence or start, value. */
  static String describe(Row r) {
    Row[] headers = (Row[]) r.get(3);
    for (Row h : headers) {
      if (h.getString(0).equals(Headers.OUTPUT)) {
        Output o = Output.parse(Columns.bytes(h, 1));
        return o.kind()
            + " "
            + o.device()
            + "#"
            + o.sequence()
            + " "
            + new String(Columns.bytes(r, 2), StandardCharsets.UTF_8);
      }
    }
    return "no result";
  }
}
