package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.apache.storm.state.DefaultStateSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalStateTest {
  @TempDir private Path dir;

  private JournalState<String, Long> open() {
    return new JournalState<>(
        dir.resolve("x.journal"), new DefaultStateSerializer<>(), new DefaultStateSerializer<>());
  }

  private static Map<String, Long> all(JournalState<String, Long> s) {
    Map<String, Long> m = new HashMap<>();
    s.iterator().forEachRemaining(e -> m.put(e.getKey(), e.getValue()));
    return m;
  }

  @Test
  void whatIsCommittedComesBack() {
    JournalState<String, Long> s = open();
    s.put("a", 1L);
    s.put("b", 2L);
    s.prepareCommit(1);
    s.commit(1);
    s.put("a", 3L);
    s.delete("b");
    s.put("c", 4L);
    s.prepareCommit(2);
    s.commit(2);
    assertEquals(Map.of("a", 3L, "c", 4L), all(open()));
  }

  @Test
  void whatIsNotPreparedIsLostWithTheProcess() {
    JournalState<String, Long> s = open();
    s.put("a", 1L);
    s.prepareCommit(1);
    s.commit(1);
    s.put("a", 2L);
    assertEquals(2L, s.get("a"));
    assertEquals(1L, open().get("a"));
  }

  @Test
  void whatIsPreparedCanStillBeCommittedAfterACrash() {
    JournalState<String, Long> s = open();
    s.put("a", 1L);
    s.prepareCommit(1);
    JournalState<String, Long> back = open();
    back.commit(1);
    assertEquals(1L, back.get("a"));
    assertEquals(Map.of("a", 1L), all(open()));
  }

  @Test
  void whatIsPreparedCanStillBeRolledBackAfterACrash() {
    JournalState<String, Long> s = open();
    s.put("a", 1L);
    s.prepareCommit(1);
    s.commit(1);
    s.put("a", 2L);
    s.delete("x");
    s.prepareCommit(2);
    JournalState<String, Long> back = open();
    assertEquals(2L, back.get("a"));
    back.rollback();
    assertEquals(1L, back.get("a"));
    assertEquals(Map.of("a", 1L), all(open()));
    back.put("a", 5L);
    back.prepareCommit(2);
    back.commit(2);
    assertEquals(Map.of("a", 5L), all(open()));
  }

  @Test
  void rollbackForgetsWhatHasChangedSince() {
    JournalState<String, Long> s = open();
    s.put("a", 1L);
    s.rollback();
    assertNull(s.get("a"));
  }

  @Test
  void theCheckpointSpoutMaySayCommitAgain() {
    JournalState<String, Long> s = open();
    s.put("a", 1L);
    s.prepareCommit(7);
    s.commit(7);
    s.commit(7);
    open().commit(7);
  }

  @Test
  void noOtherCheckpointIsCommittedThanThePrepared() {
    JournalState<String, Long> s = open();
    s.put("a", 1L);
    s.prepareCommit(1);
    assertThrows(IllegalStateException.class, () -> s.prepareCommit(2));
    assertThrows(IllegalStateException.class, () -> s.commit(2));
  }

  @Test
  void aCheckpointPreparedTwiceHasBothChanges() {
    JournalState<String, Long> s = open();
    s.put("a", 1L);
    s.prepareCommit(1);
    s.put("b", 2L);
    s.prepareCommit(1);
    s.commit(1);
    assertEquals(Map.of("a", 1L, "b", 2L), all(open()));
  }

  @Test
  void theCheckpointSpoutsOwnStateIsSavedInOneStep() {
    JournalState<String, Long> s = open();
    s.put("a", 1L);
    s.commit();
    s.put("a", 2L);
    s.commit();
    assertEquals(Map.of("a", 2L), all(open()));
  }

  @Test
  void aRecordCutOffInTheMiddleIsNone() throws IOException {
    JournalState<String, Long> s = open();
    s.put("a", 1L);
    s.commit();
    long whole = Files.size(dir.resolve("x.journal"));
    s.put("a", 2L);
    s.commit();
    long end = Files.size(dir.resolve("x.journal"));
    for (long cut = end - 1; cut > whole; cut--) {
      try (FileChannel c = FileChannel.open(dir.resolve("x.journal"), StandardOpenOption.WRITE)) {
        c.truncate(cut);
      }
      Files.copy(dir.resolve("x.journal"), dir.resolve("copy"));
      assertEquals(Map.of("a", 1L), all(open()), "cut at " + cut);
      Files.move(
          dir.resolve("copy"),
          dir.resolve("x.journal"),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    JournalState<String, Long> back = open();
    back.put("a", 3L);
    back.commit();
    assertEquals(Map.of("a", 3L), all(open()));
  }

  @Test
  void whatIsCommittedIsCounted() {
    long entries = Tally.STATE_ENTRIES.sum();
    long bytes = Tally.STATE_BYTES.sum();
    JournalState<String, Long> s = open();
    s.put("a", 1L);
    s.put("b", 1L);
    s.prepareCommit(1);
    assertEquals(entries, Tally.STATE_ENTRIES.sum(), "prepared only");
    s.commit(1);
    assertEquals(entries + 2, Tally.STATE_ENTRIES.sum());
    long two = Tally.STATE_BYTES.sum() - bytes;
    assertTrue(two >= 2 * (1 + Byte.BYTES), "bytes of two: " + two);
    s.put("a", 2L);
    s.delete("b");
    s.commit();
    assertEquals(entries + 1, Tally.STATE_ENTRIES.sum());
    assertEquals(bytes + two / 2, Tally.STATE_BYTES.sum());
    JournalState.look(
        dir.resolve("x.journal"), new DefaultStateSerializer<>(), new DefaultStateSerializer<>());
    assertEquals(entries + 1, Tally.STATE_ENTRIES.sum(), "looked at only");
    open();
    assertEquals(entries + 2, Tally.STATE_ENTRIES.sum(), "found at a start");
  }

  @Test
  void theJournalIsWrittenAnewWhenItIsMostlyOutOfDate() throws IOException {
    JournalState<String, byte[]> s =
        new JournalState<>(
            dir.resolve("y.journal"),
            new DefaultStateSerializer<>(),
            new DefaultStateSerializer<>());
    for (long tx = 1; tx <= 100; tx++) {
      s.put("big", new byte[1 << 20]);
      s.put("other-" + tx % 3, new byte[] {(byte) tx});
      s.prepareCommit(tx);
      s.commit(tx);
    }
    assertTrue(
        Files.size(dir.resolve("y.journal")) < 40 << 20,
        "size " + Files.size(dir.resolve("y.journal")));
    JournalState<String, byte[]> back =
        new JournalState<>(
            dir.resolve("y.journal"),
            new DefaultStateSerializer<>(),
            new DefaultStateSerializer<>());
    assertEquals(1 << 20, back.get("big").length);
    assertEquals(100, back.get("other-1")[0]);
    back.commit(100);
  }
}
