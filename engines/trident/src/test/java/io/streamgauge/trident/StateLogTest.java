package io.streamgauge.trident;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateLogTest {
  @TempDir Path dir;

  private StateLog open(Path file, List<String> entries) throws IOException {
    return new StateLog(
        file, (txid, body) -> entries.add(txid + " " + StandardCharsets.UTF_8.decode(body)));
  }

  private static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void givesBackWhatWasAppended() throws IOException {
    Path file = dir.resolve("deeper/log");
    try (StateLog log = open(file, new ArrayList<>())) {
      log.append(3, bytes("three"));
      log.append(5, bytes(""));
    }
    List<String> got = new ArrayList<>();
    try (StateLog log = open(file, got)) {
      log.append(6, bytes("six"));
    }
    assertEquals(List.of("3 three", "5 "), got);
    got.clear();
    open(file, got).close();
    assertEquals(List.of("3 three", "5 ", "6 six"), got);
  }

  /**
   * Cut at any byte, or with any byte changed, the last entry is not there, those before it are,
   * and writing goes on.
   */
  @Test
  void endsBeforeAnEntryThatIsNotWhole() throws IOException {
    Path file = dir.resolve("log");
    try (StateLog log = open(file, new ArrayList<>())) {
      log.append(1, bytes("one"));
    }
    int whole = (int) Files.size(file);
    try (StateLog log = open(file, new ArrayList<>())) {
      log.append(2, bytes("two, the last"));
    }
    byte[] all = Files.readAllBytes(file);
    for (int cut = whole; cut < all.length; cut++) {
      byte[] damaged = all.clone();
      damaged[cut] ^= 0x40;
      for (byte[] content : List.of(Arrays.copyOf(all, cut), damaged)) {
        Files.write(file, content);
        List<String> got = new ArrayList<>();
        try (StateLog log = open(file, got)) {
          assertEquals(List.of("1 one"), got, "after byte " + cut);
          log.append(2, bytes("again"));
        }
        got.clear();
        open(file, got).close();
        assertEquals(List.of("1 one", "2 again"), got, "after byte " + cut);
      }
    }
  }

  /** As where the disk has garbage for what was written last. */
  @Test
  void endsBeforeALengthThatNoEntryHas() throws IOException {
    Path file = dir.resolve("log");
    try (StateLog log = open(file, new ArrayList<>())) {
      log.append(1, bytes("one"));
    }
    byte[] all = Files.readAllBytes(file);
    byte[] garbage = new byte[64];
    Arrays.fill(garbage, (byte) 0xff);
    garbage[0] = 0x7f; // the greatest length there is
    Files.write(file, garbage, StandardOpenOption.APPEND);
    List<String> got = new ArrayList<>();
    open(file, got).close();
    assertEquals(List.of("1 one"), got);
    assertEquals(all.length, Files.size(file));
  }

  @Test
  void putsOneEntryInThePlaceOfAll() throws IOException {
    Path file = dir.resolve("log");
    try (StateLog log = open(file, new ArrayList<>())) {
      log.append(1, bytes("a long one to begin with"));
      long before = log.size();
      log.replace(2, bytes("all"));
      assertTrue(log.size() < before);
      log.append(3, bytes("more"));
    }
    List<String> got = new ArrayList<>();
    open(file, got).close();
    assertEquals(List.of("2 all", "3 more"), got);
    try (var files = Files.list(dir)) {
      assertEquals(List.of(file), files.toList());
    }
  }
}
