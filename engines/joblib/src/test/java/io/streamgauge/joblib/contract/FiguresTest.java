package io.streamgauge.joblib.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FiguresTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private String say() {
    out.reset();
    Figures.say(new Status(new PrintStream(out, true, StandardCharsets.UTF_8)));
    return out.toString(StandardCharsets.UTF_8)
        .lines()
        .filter(l -> l.contains("figures_test"))
        .reduce("", String::concat);
  }

  @Test
  void areSaidWhenTheyHaveChanged() {
    IntStream.range(0, 1000).parallel().forEach(i -> Figures.add("figures_test_sum", 2, "records"));
    assertEquals(
        "{\"type\":\"metric\",\"name\":\"figures_test_sum\",\"value\":2000.0,\"unit\":\"records\"}",
        say());
    assertEquals("", say());
    Figures.add("figures_test_sum", 0, "records");
    assertEquals("", say());
    Figures.set("figures_test_size", 7, "bytes");
    Figures.set("figures_test_size", 3, "bytes");
    assertEquals(
        "{\"type\":\"metric\",\"name\":\"figures_test_size\",\"value\":3.0,\"unit\":\"bytes\"}",
        say());
  }
}
