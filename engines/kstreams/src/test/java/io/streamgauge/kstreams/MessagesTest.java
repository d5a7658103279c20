package io.streamgauge.kstreams;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Jobs of large messages. The message is three samples, 1, 2 and 3, in three chunks that end within
 * them.
 */
class MessagesTest {
  private static final String MESSAGE_HASH = "33d24695bfcf16c4"; // PyPI's xxhash, little endian
  private static final String SCAN = "{\"name\": \"b\", \"do\": [{\"scan\": {}}]}";
  private static final Rig.Setup SCANNED = new Rig.Setup(SCAN, SCAN);
  private static final Rig.Setup ASSEMBLED =
      new Rig.Setup("{\"name\": \"a\", \"do\": [{\"reassemble\": {}}]}", SCAN);

  private static Rig.Setup setup(String name) {
    return name.equals("scan") ? SCANNED : ASSEMBLED;
  }

  private static String sgc(int index, int offset) {
    return "0%d00000003000000".formatted(index)
        + "0%d00000000000000".formatted(offset)
        + "0600000000000000"
        + MESSAGE_HASH;
  }

  private static List<String> send(Rig rig) {
    rig.chunk("d", 1, sgc(0, 0), "\1");
    rig.send("d", 2, 1, "1");
    rig.chunk("d", 1, sgc(1, 1), "\0\2\0");
    rig.chunk("d", 1, sgc(1, 1), "\0\2\0");
    rig.chunk("d", 1, sgc(2, 4), "\3\0");
    rig.chunk("d", 1, sgc(2, 4), "\3\0");
    rig.chunk("d", 3, sgc(0, 0), "\1");
    rig.chunk("d", 3, sgc(2, 4), "\3\0");
    return rig.read();
  }

  private static final List<String> ANSWERS =
      List.of("d event 2", "d event 1", "d dead 3 missing_chunk");

  @ParameterizedTest
  @ValueSource(strings = {"scan", "reassemble"})
  void chunksAreOneMessage(String operator) {
    try (Rig rig = new Rig(setup(operator))) {
      assertEquals(ANSWERS, send(rig));
    }
  }

  /**
   * What was written of it or not: all must be written again, also from chunks of a message that is
   * over.
   */
  @ParameterizedTest
  @ValueSource(strings = {"scan", "reassemble"})
  void aReplayIsAnsweredAsTheFirstTime(String operator) {
    try (Rig first = new Rig(setup(operator));
        Rig again = new Rig(setup(operator))) {
      send(first);
      again.inherit(first, "stage-0-state");
      again.inherit(first, "stage-1-state");
      if (operator.equals("reassemble")) {
        again.inherit(first, "stage-0-parts");
      }
      assertEquals(ANSWERS, send(again));
    }
  }

  @Test
  void chunksOfAMessageThatIsOverGoWithTheCommit() {
    try (Rig atLeastOnce = new Rig(ASSEMBLED);
        Rig exactlyOnce = new Rig(ASSEMBLED.with("exactly-once"))) {
      send(atLeastOnce);
      assertEquals(4, atLeastOnce.entries("stage-0-parts"), "nothing is committed");
      assertEquals(ANSWERS, send(exactlyOnce));
      assertEquals(0, exactlyOnce.entries("stage-0-parts"));
    }
  }
}
