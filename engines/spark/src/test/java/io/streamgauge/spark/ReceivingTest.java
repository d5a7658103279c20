package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.record.Chunk;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.Stamp;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.streaming.TwsTester;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scala.Option;
import scala.Tuple2;
import scala.collection.immutable.Map;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Jobs of large messages. The message is three samples, 1, 2 and 3, in three chunks that end within
 * them. Its hash is that of PyPI's xxhash.
 */
class ReceivingTest {
  private static final long HASH = 0xc416cfbf9546d233L;
  private static final String SUMMARY =
      "out {\"bytes\":6,\"hash\":-4317034771037892045,\"peak\":3,\"sum\":6}";

  private static final String PLAN =
      """
      {"contract": 1, "engine": "spark", "instance": "i", "incarnation": 1, "partitions": 2, "prefix": "sg.test.%s",
       "brokers": {"bootstrap": ["nowhere:1"]}, "guarantee": "at-least-once", "parallelism": 2,
       "topics": {"input": "in", "stages": ["mid"], "output": "out", "deadletter": "dead", "registry": ""},
       "job": {"name": "l", "stages": [{"name": "first", "do": [{"%1$s": {}}]}, {"name": "last", "do": [{"scan": {}}]}]},
       "commit_interval_ms": 100, "batch_interval_ms": 100, "event_time_min": -100000, "event_time_max": 100000,
       "limits": {"max_record_bytes": 1000000}, "state_dir": "/s", "log_dir": "/l"}
      """;

  private final List<String> out = new ArrayList<>();
  private Answering answering;
  private TwsTester<Long, Row, Row> tester;
  private long offset;

  /** A stage of a job that begins with an operator. */
  private void stage(String operator, int index) {
    answering = Local.answering(Plan.parse(PLAN.formatted(operator)), index);
    tester =
        new TwsTester<>(
            new Receiving(answering),
            CollectionConverters.asScala(List.<Tuple2<Long, Object>>of()).toList(),
            TimeMode.None(),
            OutputMode.Append(),
            Option.empty());
  }

  private static InRecord record(long offset, long sequence, String hex, Chunk c) {
    byte[] sg = new Stamp(4, 0, 1, sequence, offset, 7).toBytes();
    byte[] value = HexFormat.of().parseHex(hex);
    byte[] sgc = c == null ? null : c.toBytes();
    return new InRecord(0, offset, Local.bytes("d"), value, sg, Headers.time(9), null, sgc);
  }

  /** The next record of the device: chunk 0, 1 or 2 of the message. */
  private InRecord chunk(long sequence, int index) {
    String hex = List.of("01", "000200", "0300").get(index);
    long at = List.of(0, 1, 4).get(index);
    return record(offset++, sequence, hex, new Chunk(index, 3, at, 6, HASH));
  }

  /** A batch, as it comes out of the shuffle; gives what it writes. */
  private List<String> batch(InRecord... records) {
    List<Row> rows =
        Stream.of(records).map(r -> new Keying(answering, null).apply(Local.source(r))).toList();
    out.clear();
    tester.test(1L, CollectionConverters.asScala(rows).toList()).foreach(r -> out.add(describe(r)));
    return List.copyOf(out);
  }

  /** The same as Real-time Mode hands them over, each in a call of its own. */
  private List<String> each(InRecord... records) {
    List<String> all = new ArrayList<>();
    for (InRecord r : records) {
      all.addAll(batch(r));
    }
    return all;
  }

  /** Topic and value; of a stage record the headers too, of a dead letter the reason. */
  private static String describe(Row r) {
    Row[] headers = (Row[]) r.get(3);
    byte[] value = Columns.bytes(r, 2);
    return switch (r.getString(0)) {
      case "mid" ->
          Stream.of(headers).map(h -> h.getString(0)).collect(Collectors.joining(" "))
              + " "
              + HexFormat.of().formatHex(value);
      case "dead" ->
          "dead "
              + new String(Columns.bytes(headers[2], 1), StandardCharsets.US_ASCII)
              + " "
              + HexFormat.of().formatHex(value);
      default -> "out " + new String(value, StandardCharsets.UTF_8);
    };
  }

  /** Columns of the source in files, one a batch. */
  private void file(Path folder, InRecord... records) {
    Local.session()
        .createDataset(Stream.of(records).map(Local::source).toList(), Encoders.row(Local.SOURCE))
        .coalesce(1)
        .write()
        .mode(SaveMode.Append)
        .parquet(folder.toString());
  }

  /** As a streaming query, with a shuffle and a state store. */
  @ParameterizedTest
  @CsvSource({"scan, 0300", "reassemble, 010002000300"})
  void aMessageGoesOnInTheNextBatchAndTheNextLife(
      String operator, String last, @TempDir Path folder) throws Exception {
    stage(operator, 0);
    Path input = folder.resolve("input");
    file(input, chunk(0, 1), record(-1, 0, "01", new Chunk(0, 3, 0, 6, HASH)));
    List<String> first = life(folder);
    file(input, chunk(0, 2), record(9, 1, "0180", null));
    List<String> second = life(folder);
    List<String> chunks = List.of("01", "000200");
    assertEquals(operator.equals("scan") ? chunks : List.of(), first);
    assertEquals(List.of(last, "0180"), second);
  }

  /** What a query writes of the files that are new; it stops behind them. */
  private List<String> life(Path folder) throws Exception {
    SparkSession spark = Local.session();
    spark
        .conf()
        .set(
            "spark.sql.streaming.stateStore.providerClass",
            "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider");
    String name = "receiving" + System.nanoTime();
    Queries.keyed(
            spark.readStream().schema(Local.SOURCE).parquet(folder.resolve("input").toString()),
            new Receiving(answering),
            new Gate(name))
        .writeStream()
        .queryName(name)
        .option("checkpointLocation", folder.resolve("checkpoint").toString())
        .outputMode(OutputMode.Append())
        .trigger(Trigger.AvailableNow())
        .foreachBatch(
            (VoidFunction2<Dataset<Row>, Long>)
                (rows, batch) ->
                    rows.collectAsList()
                        .forEach(r -> out.add(HexFormat.of().formatHex(Columns.bytes(r, 2)))))
        .start()
        .awaitTermination();
    List<String> written = List.copyOf(out);
    out.clear();
    return written;
  }

  /** Why a device's records of a batch are sorted in memory. */
  @Test
  void sparkSortsNothingInFrontOfAState(@TempDir Path folder) {
    stage("scan", 0);
    Dataset<Row> sorted =
        Local.session()
            .readStream()
            .schema(Local.SOURCE)
            .parquet(folder.toString())
            .sortWithinPartitions("partition", "offset");
    Exception e =
        assertThrows(
            AnalysisException.class,
            () ->
                Queries.keyed(sorted, new Receiving(answering), new Gate("sorted"))
                    .writeStream()
                    .format("noop")
                    .option("checkpointLocation", folder.resolve("checkpoint").toString())
                    .start());
    assertTrue(e.getMessage().contains("Sorting is not supported"), e.getMessage());
  }

  private int chunksInState() {
    return tester.<Long, byte[]>peekMapState("chunks", 1L).size();
  }

  @Test
  void scanHandsEachChunkOnInTheOrderOfOffsets() {
    stage("scan", 0);
    InRecord first = chunk(0, 0);
    InRecord second = chunk(0, 1);
    assertEquals(List.of("sg sgt sgc 01", "sg sgt sgc 000200"), batch(second, first));
    assertEquals(
        List.of("sg sgt sgc 0300"), batch(chunk(0, 1), chunk(0, 2), chunk(0, 2)), "repeats");
  }

  @Test
  void theLastStageAnswersWithTheLastChunk() {
    stage("scan", 1);
    assertEquals(List.of(), batch(chunk(0, 0)));
    assertEquals(List.of(SUMMARY), batch(chunk(0, 1), chunk(0, 2)));
    assertEquals(List.of(), batch(chunk(0, 2)), "the message is over");
  }

  @Test
  void aMessageIsPutTogetherFromSeveralBatches() {
    stage("reassemble", 0);
    assertEquals(List.of(), batch(chunk(0, 0)));
    assertEquals(List.of(), batch(chunk(0, 1)));
    assertEquals(2, chunksInState());
    assertEquals(List.of("sg sgt 010002000300"), batch(chunk(0, 2)));
    assertEquals(0, chunksInState());
  }

  @Test
  void messagesOfOneBatchArePutTogetherInIt() {
    stage("reassemble", 0);
    assertEquals(
        List.of("sg sgt 010002000300", "sg sgt 010002000300"),
        batch(chunk(0, 0), chunk(0, 1), chunk(0, 2), chunk(1, 0), chunk(1, 1), chunk(1, 2)));
    assertEquals(0, chunksInState());
  }

  @Test
  void chunksOfARefusedMessageAreGoneWhenTheNextBegins() {
    stage("reassemble", 0);
    assertEquals(List.of(), batch(chunk(0, 0), chunk(0, 1)));
    assertEquals(List.of("dead missing_chunk "), batch(chunk(1, 0)));
    assertEquals(1, chunksInState());
    assertEquals(List.of("sg sgt 010002000300"), batch(chunk(1, 1), chunk(1, 2)));
    assertEquals(List.of("dead missing_chunk "), batch(chunk(2, 0), chunk(2, 2)));
    assertEquals(0, chunksInState());
  }

  /** As after a kill: the records come again, on the state that the batch before has left. */
  @Test
  void aBatchThatBeginsAnewGivesTheSame() {
    stage("reassemble", 0);
    each(chunk(0, 0));
    byte[] message = tester.<byte[]>peekValueState("message", 1L).get();
    Map<Long, byte[]> chunks = tester.peekMapState("chunks", 1L);
    InRecord[] batch = {chunk(0, 1), chunk(0, 2), chunk(1, 0)};
    assertEquals(List.of("sg sgt 010002000300"), each(batch));
    tester.updateValueState("message", 1L, message);
    tester.updateMapState("chunks", 1L, chunks);
    assertEquals(List.of("sg sgt 010002000300"), each(batch));
    assertEquals(1, chunksInState(), "of the message that is open");
  }

  /** What the stage before has written, and after its own kill writes again. */
  @Test
  void chunksThatComeTwiceAreTakenOnce() {
    stage("scan", 1);
    assertEquals(List.of(SUMMARY), each(chunk(0, 0), chunk(0, 1), chunk(0, 2), chunk(1, 0)));
    assertEquals(
        List.of(SUMMARY), each(chunk(0, 1), chunk(0, 2), chunk(1, 0), chunk(1, 1), chunk(1, 2)));
  }

  @Test
  void messagesInOneRecordTouchNoState() {
    stage("scan", 1);
    Chunk claim = new Chunk(0, 0, 0, 6, HASH);
    assertEquals(
        List.of(SUMMARY, "dead missing_object 6f"),
        batch(record(0, 0, "010002000300", null), record(1, 1, "6f", claim)));
    assertEquals(Option.empty(), tester.peekValueState("message", 1L));
  }
}
