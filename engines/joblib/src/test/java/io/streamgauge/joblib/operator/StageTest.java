package io.streamgauge.joblib.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.json.Canonical;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Output;
import io.streamgauge.joblib.record.Stamp;
import io.streamgauge.joblib.shared.Vectors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class StageTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Whole jobs over hundreds of records, to the byte what the operators of the Go side give. */
  @Test
  void agreesWithTheVectorsOfAllLanguages() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (JsonNode run : Vectors.read("engines/internal/operator/testdata/stages.json")) {
      Registry registry = new Registry();
      run.get("registry")
          .fields()
          .forEachRemaining(
              f -> registry.put(latin1(f.getKey()), Canonical.parse(Vectors.bytes(f.getValue()))));
      Plan plan = Plan.parse(run.get("plan").toString());
      List<NaiveEngine> engines =
          Stage.compile(plan, registry).stream().map(NaiveEngine::new).toList();
      assertTrue(run.get("inputs").size() >= 100, "few inputs");
      for (JsonNode in : run.get("inputs")) {
        ObjectNode want = in.deepCopy();
        ObjectNode got = JSON.createObjectNode();
        got.setAll((ObjectNode) in.deepCopy());
        got.remove(List.of("gives", "foreign", "corrupt"));
        put(engines, in.path("stage").asInt(), read(in.get("record")), got);
        if (!got.equals(want)) {
          wrong.add(plan.job().name() + ": want " + want + "\n got " + got);
        }
      }
    }
    assertEquals("", String.join("\n", wrong));
  }

  /**
   * Takes a record through a stage, and what it gives through those behind, as the vectors have it.
   */
  private static void put(List<NaiveEngine> engines, int stage, InRecord in, ObjectNode result) {
    List<OutRecord> out;
    long foreign = engines.get(stage).foreign();
    try {
      out = engines.get(stage).take(in);
    } catch (CorruptRecordException e) {
      result.put("corrupt", true);
      return;
    }
    if (engines.get(stage).foreign() > foreign) {
      result.put("foreign", true);
    }
    List<OutRecord> forward = new ArrayList<>();
    for (OutRecord r : out) {
      if (r.deadLetter() || stage == engines.size() - 1) {
        result.withArray("/gives").add(write(r));
      } else {
        forward.add(r);
      }
    }
    for (OutRecord r : forward) {
      put(engines, stage + 1, next(r), result);
    }
  }

  /** A record as the next stage reads it. */
  private static InRecord next(OutRecord r) {
    byte[][] headers = new byte[4][];
    List<String> names = List.of(Headers.STAMP, Headers.TIME, Headers.OUTPUT, Headers.CHUNK);
    for (int i = 0; i < r.names().length; i++) {
      headers[names.indexOf(r.names()[i])] = r.headers()[i];
    }
    return new InRecord(0, 0, r.key(), r.value(), headers[0], headers[1], headers[2], headers[3]);
  }

  private static InRecord read(JsonNode record) {
    JsonNode h = record.get("headers");
    return new InRecord(
        0,
        0,
        Vectors.bytes(record.get("key")),
        Vectors.bytes(record.get("value")),
        header(h, Headers.STAMP),
        header(h, Headers.TIME),
        header(h, Headers.OUTPUT),
        header(h, Headers.CHUNK));
  }

  private static byte[] header(JsonNode headers, String name) {
    for (int i = 0; i < headers.size(); i += 2) {
      if (headers.get(i).asText().equals(name)) {
        return HexFormat.of().parseHex(headers.get(i + 1).asText());
      }
    }
    return null;
  }

  private static ObjectNode write(OutRecord r) {
    ObjectNode n = JSON.createObjectNode();
    if (r.deadLetter()) {
      n.put("dead", true);
    }
    n.put("key", new String(r.key(), StandardCharsets.ISO_8859_1));
    n.put("value", new String(r.value(), StandardCharsets.ISO_8859_1));
    ArrayNode headers = n.putArray("headers");
    for (int i = 0; i < r.names().length; i++) {
      headers.add(r.names()[i]).add(HexFormat.of().formatHex(r.headers()[i]));
    }
    return n;
  }

  private static byte[] latin1(String s) {
    return s.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static List<Stage> stages(String stages, int topics) {
    String reading =
        "\"reading\":{\"device\":\"d\",\"time\":{\"path\":\"t\",\"unit\":\"s\"},\"metrics\":{\"m\":{\"path\":\"m\"}}}";
    String json =
        "{\"contract\":1,\"job\":{\"name\":\"j\","
            + reading
            + ",\"stages\":["
            + stages
            + "]},\"partitions\":1,"
            + "\"guarantee\":\"exactly-once\",\"topics\":{\"input\":\"in\",\"stages\":["
            + "\"mid\",".repeat(topics).replaceAll(",$", "")
            + "]},"
            + "\"event_time_min\":-9223372036854775808,\"event_time_max\":9223372036854775807}";
    return Stage.compile(Plan.parse(json), new Registry());
  }

  private static InRecord event(String value, long time) {
    byte[] sg = new Stamp(0, 1, 2, 3, 4, 5).toBytes();
    return new InRecord(
        6, 7, latin1("k"), value == null ? null : latin1(value), sg, Headers.time(time), null);
  }

  @Test
  void copiesWithoutLookingInside() {
    List<Stage> s = stages("{\"name\":\"a\",\"do\":null},{\"name\":\"b\",\"do\":[]}", 1);
    InRecord in = event(null, -5);
    Event e = s.get(0).arrive(in);
    OutRecord forward = s.get(0).answer(e, s.get(0).before(e));
    assertNull(forward.value());
    assertSame(in.sg(), forward.headers()[0]);
    assertSame(in.sgt(), forward.headers()[1]);
    assertEquals(0, forward.timestamp()); // Java's clients refuse a negative one
    Event last = s.get(1).arrive(in);
    OutRecord answer = s.get(1).answer(last, s.get(1).before(last));
    assertEquals(
        new Output(Output.EVENT, 1, 2, 3, 4, 1, 0, 0, new Stamp(0, 1, 2, 3, 4, 5).term()),
        Output.parse(answer.headers()[1]));
    assertTrue(s.get(0).stateless() && s.get(1).last() && !s.get(0).last());
  }

  @Test
  void theLastStageWritesTheFormOfItsEncode() {
    List<Stage> s =
        stages(
            "{\"name\":\"a\",\"do\":[{\"decode\":{}}]},{\"name\":\"b\",\"do\":[{\"encode\":{\"as\":\"csv\"}}]}",
            1);
    Event first = s.get(0).arrive(event("{\"d\":\"k\",\"t\":0,\"m\":1.5}", 2500));
    OutRecord between = s.get(0).answer(first, s.get(0).before(first));
    assertEquals("{\"m\":1500000}", new String(between.value(), StandardCharsets.US_ASCII));
    for (String[] c : new String[][] {{"{\"m\":1500000}", "k,2.5,1.5\n"}, {"{}", "k,2.5,\n"}}) {
      Event last = s.get(1).arrive(event(c[0], 2500));
      OutRecord answer = s.get(1).answer(last, s.get(1).before(last));
      assertEquals(c[1], new String(answer.value(), StandardCharsets.US_ASCII));
    }
  }

  @Test
  void namesTopicPartitionAndOffsetOfARecordThatCannotBe() {
    List<Stage> s =
        stages(
            "{\"name\":\"a\",\"do\":[{\"decode\":{}}]},{\"name\":\"b\",\"do\":[{\"filter\":{\"metric\":\"m\"}}]}",
            1);
    CorruptRecordException e =
        assertThrows(CorruptRecordException.class, () -> s.get(1).arrive(event("{\"x\":1}", 0)));
    assertTrue(e.getMessage().startsWith("topic \"mid\" partition 6 offset 7: "), e.getMessage());
  }

  @Test
  void resultsWithoutTimeAreForeign() {
    Stage later = stages("{\"name\":\"a\",\"do\":[]},{\"name\":\"b\",\"do\":[]}", 1).get(1);
    byte[] sgo = new Output(Output.ALERT, 1, 2, 3, 4, 1, 5, 0, 6).toBytes();
    assertNull(later.pass(new InRecord(0, 0, null, null, null, null, sgo)));
    assertNull(later.pass(new InRecord(0, 0, null, null, null, new byte[7], sgo)));
    OutRecord r = later.pass(new InRecord(0, 0, null, null, new byte[32], new byte[8], sgo));
    assertSame(sgo, r.headers()[1]); // a stamp of version 0 is none
  }

  @Test
  void refusesJobsItDoesNotKnow() {
    assertThrows(
        IllegalArgumentException.class, () -> stages("{\"name\":\"a\",\"do\":[{\"join\":{}}]}", 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> stages("{\"name\":\"a\",\"do\":[{\"decode\":{\"encoding\":\"xml\"}}]}", 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> stages("{\"name\":\"a\",\"do\":[{\"decode\":{}},{\"encode\":{\"as\":\"xml\"}}]}", 0));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            stages("{\"name\":\"a\",\"do\":[{\"decode\":{}},{\"filter\":{\"metric\":\"x\"}}]}", 0));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            stages(
                "{\"name\":\"a\",\"do\":[{\"dedupe\":{\"span\":1024}},{\"dedupe\":{\"span\":1024}}]}",
                0));
  }
}
