package io.streamgauge.joblib.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CanonicalTest {
  private static final long[] EDGES = {
    0,
    1,
    -1,
    9,
    10,
    -9,
    -10,
    99,
    100,
    999_999_999_999_999_999L,
    1_000_000_000_000_000_000L,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  @Test
  void writesNumbersAsTheLibraryDoes() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      long v = i < EDGES.length ? EDGES[i] : random.nextLong() >> random.nextInt(64);
      String want = "{\"a\":" + v + ",\"b_2\":7}";
      assertEquals(want, text(new Canonical.Writer().field("a", v).field("b_2", 7).end()));
      assertEquals(
          want, text(new Canonical.Writer(want.length()).field("a", v).field("b_2", 7).end()));
      assertEquals(want, text(new Canonical.Writer(1).field("a", v).field("b_2", 7).end()));
      assertEquals(Long.toString(v).length(), Canonical.size(v));
      assertEquals(
          Map.of("a", v, "b_2", 7L), Canonical.parse(want.getBytes(StandardCharsets.US_ASCII)));
    }
  }

  @Test
  void readsNothingElse() {
    List<String> others =
        List.of(
            "",
            "x",
            "{",
            "{}}",
            " {}",
            "{} ",
            "{\"a\":1.5}",
            "{\"a\": 1}",
            "{\"b\":1,\"a\":2}",
            "{\"a\":1,\"a\":1}",
            "{\"a\":-0}",
            "{\"a\":01}",
            "{\"a\":+1}",
            "{\"a\":-}",
            "{\"a\":}",
            "{\"a\":9223372036854775808}",
            "{\"a\":-9223372036854775809}",
            "{\"a\":1,}",
            "{,}",
            "{\"a\":null}",
            "{\"A\":1}",
            "{\"1\":1}",
            "{\"\":1}",
            "{\"a\"1}",
            "{\"a\":1",
            "{\"a",
            "{\"a\":99999999999999999999}",
            "{\"\u00e4\":1}",
            "{\"ab\":1,\"a\":1}",
            "[]",
            "{\"a\":1}{\"b\":2}");
    for (String s : others) {
      assertThrows(
          IllegalArgumentException.class,
          () -> Canonical.parse(s.getBytes(StandardCharsets.UTF_8)),
          s);
    }
    assertThrows(IllegalArgumentException.class, () -> Canonical.parse(null));
    assertEquals(Map.of(), Canonical.parse("{}".getBytes(StandardCharsets.US_ASCII)));
  }

  private static String text(byte[] b) {
    return new String(b, StandardCharsets.US_ASCII);
  }
}
