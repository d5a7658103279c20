package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Registry;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.Chunk;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * A job of large messages. The message is three samples, 1, 2 and 3, in three chunks that end
 * within them. Its hash is that of PyPI's xxhash.
 */
final class Large {
  static final String SUMMARY = "{\"bytes\":6,\"hash\":-4317034771037892045,\"peak\":3,\"sum\":6}";

  private static final long HASH = 0xc416cfbf9546d233L;

  private static final String PLAN =
      """
      {"contract": 1, "partitions": 2, "guarantee": "at-least-once",
       "job": {"name": "l", "stages": [{"name": "first", "do": [{"%s": {}}]}, {"name": "last", "do": [{"scan": {}}]}]},
       "topics": {"input": "in", "stages": ["mid"], "output": "out"}}
      """;

  private Large() {}

  /** A stage of the job that begins with an operator. */
  static Stage stage(String operator, int index) {
    return Stage.compile(Plan.parse(PLAN.formatted(operator)), new Registry()).get(index);
  }

  /** Chunk 0, 1 or 2 of a message, at an offset of the stage's input. */
  static Event chunk(Stage stage, long offset, long sequence, int index) {
    long at = List.of(0L, 1L, 4L).get(index);
    return event(stage, offset, sequence, hex(index), new Chunk(index, 3, at, 6, HASH));
  }

  /** The bytes of chunk 0, 1 or 2. */
  static String hex(int index) {
    return List.of("01", "000200", "0300").get(index);
  }

  /** A record of the device. */
  static Event event(Stage stage, long offset, long sequence, String hex, Chunk c) {
    byte[] key = "d".getBytes(StandardCharsets.UTF_8);
    byte[] sg = new Stamp(4, 0, 1, sequence, offset, 7).toBytes();
    byte[] sgc = c == null ? null : c.toBytes();
    byte[] value = HexFormat.of().parseHex(hex);
    return stage.arrive(new InRecord(0, offset, key, value, sg, Headers.time(9), null, sgc));
  }

  /** Headers' names and value of a stage record, value of an answer, reason of a dead letter. */
  static List<String> describe(Answers answers) {
    return Stream.of(answers.records()).map(Large::text).toList();
  }

  private static String text(OutRecord r) {
    if (r.deadLetter()) {
      return "dead " + new String(r.headers()[2], StandardCharsets.US_ASCII);
    }
    String names = String.join(" ", r.names());
    return names.equals("sgt sgo")
        ? new String(r.value(), StandardCharsets.UTF_8)
        : names + " " + HexFormat.of().formatHex(r.value());
  }
}
