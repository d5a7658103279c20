package io.streamgauge.joblib.operator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.record.Chunk;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Stamp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the vectors do not hold: objects in a store, and messages of some size. */
class MessagesTest {
  /** One sample of 1 and one of -2; its hash is that of PyPI's xxhash. */
  private static final byte[] CLAIMED = {1, 0, -2, -1};

  private static final Chunk RIGHT = new Chunk(0, 0, 0, 4, -7437158561069392946L);
  private static final String ANSWER =
      "event {\"bytes\":4,\"hash\":-7437158561069392946,\"peak\":2,\"sum\":-1}";

  @TempDir Path folder;

  private Stage stage() {
    String json =
        "{\"contract\":1,\"job\":{\"name\":\"j\",\"stages\":[{\"name\":\"a\",\"do\":[{\"scan\":{}}]}]},"
            + "\"partitions\":1,\"guarantee\":\"exactly-once\",\"topics\":{\"input\":\"in\",\"stages\":[]},"
            + "\"require\":[\"store\"],\"store\":{\"folder\":\""
            + folder
            + "\"}}";
    return Stage.compile(Plan.parse(json), new Registry()).get(0);
  }

  private static Event event(Stage stage, byte[] value, Chunk c) {
    byte[] sg = new Stamp(4, 1, 2, 3, 4, 5).toBytes();
    byte[] sgc = c == null ? null : c.toBytes();
    return stage.arrive(
        new InRecord(0, 0, new byte[] {'k'}, value, sg, Headers.time(9), null, sgc));
  }

  private static String describe(OutRecord r) {
    String value = new String(r.value(), StandardCharsets.ISO_8859_1);
    return r.deadLetter()
        ? "dead " + new String(r.headers()[2], StandardCharsets.US_ASCII) + " " + value
        : "event " + value;
  }

  private String claim(String object, Chunk c) {
    Event e = event(stage(), object.getBytes(StandardCharsets.ISO_8859_1), c);
    assertTrue(!Messages.isChunk(e));
    return describe(stage().messages().whole(e));
  }

  @Test
  void claimChecksAreTestedAgainstTheObject() throws IOException {
    Path object = folder.resolve("1/5/0");
    Files.createDirectories(object.getParent());
    Files.write(object, CLAIMED);
    Files.write(folder.resolve("1/5/.new-1"), CLAIMED);
    assertEquals(ANSWER, claim("1/5/0", RIGHT));
    for (String none :
        List.of("1/5/1", "../1/5/0", "1/5/0/1", "1/5", "1//5/0", "/1/5/0", "1/5/.new-1", "")) {
      assertEquals("dead missing_object " + none, claim(none, RIGHT));
    }
    assertEquals("dead bad_checksum 1/5/0", claim("1/5/0", new Chunk(0, 0, 0, 5, RIGHT.hash())));
    assertEquals("dead bad_chunk 1/5/0", claim("1/5/0", new Chunk(1, 0, 0, 4, RIGHT.hash())));
    assertEquals("dead bad_chunk 1/5/0", claim("1/5/0", new Chunk(0, 0, 1, 4, RIGHT.hash())));
    Files.write(object, new byte[] {1, 0, -2, -2});
    assertEquals("dead bad_checksum 1/5/0", claim("1/5/0", RIGHT));
    Files.write(object, new byte[] {1, 0, -2});
    assertEquals("dead bad_checksum 1/5/0", claim("1/5/0", RIGHT));
    Files.delete(object);
    assertEquals("dead missing_object 1/5/0", claim("1/5/0", RIGHT));
  }

  @Test
  void aNameLongerThanNamesAreIsNone() {
    String name = "a".repeat(201);
    assertEquals("dead missing_object " + name, claim(name, RIGHT));
  }

  /** However a message is cut, and with its state written down between two chunks. */
  @Test
  void theSummaryOfAMessageDoesNotDependOnItsChunks() {
    byte[] message = new byte[300_001];
    new Random(7).nextBytes(message);
    long hash = Summary.hash(message);
    String whole = describe(stage().messages().whole(event(stage(), message, null)));
    assertTrue(whole.contains("\"bytes\":300001,\"hash\":" + hash + ","), whole);
    for (int size : new int[] {1_000, 4_096, 99_999, 300_001}) {
      assertEquals(List.of(whole), inChunks(message, size, hash), "chunks of " + size);
    }
  }

  private List<String> inChunks(byte[] message, int size, long hash) {
    Stage stage = stage();
    List<String> out = new ArrayList<>();
    int count = (message.length + size - 1) / size;
    byte[] state = null;
    for (int i = 0; i < count; i++) {
      int from = i * size;
      byte[] part = Arrays.copyOfRange(message, from, Math.min(message.length, from + size));
      Event e = event(stage, part, new Chunk(i, count, from, message.length, hash));
      Message now = state == null ? null : Message.fromBytes(state);
      Message next = stage.messages().take(now, e, null, r -> out.add(describe(r)));
      state = next.toBytes();
      assertTrue(state.length < 1_000, "state of " + state.length + " bytes");
    }
    assertEquals(9, state.length, "of a message that is over only its sequence is kept");
    return out;
  }

  @Test
  void aChunkThatBringsNothingLeavesTheStateAsItIs() {
    Stage stage = stage();
    Message over = new Message(3, false, 0, 0, null, null, null, null, null);
    Event e = event(stage, CLAIMED, new Chunk(0, 1, 0, 4, RIGHT.hash()));
    assertSame(
        over, stage.messages().take(over, e, null, r -> assertEquals("nothing", describe(r))));
  }

  @Test
  void anOpenMessageSurvivesItsBytes() {
    Stage stage = stage();
    Event e = event(stage, new byte[] {1, 0, -2}, new Chunk(0, 2, 0, 4, RIGHT.hash()));
    Message m = stage.messages().take(null, e, null, r -> assertEquals("nothing", describe(r)));
    Message read = Message.fromBytes(m.toBytes());
    assertEquals(m.stamp(), read.stamp());
    assertEquals(m.chunk(), read.chunk());
    assertArrayEquals(m.key(), read.key());
    assertEquals(HexFormat.of().formatHex(m.toBytes()), HexFormat.of().formatHex(read.toBytes()));
  }

  /** As the Go engines have it: an event is no dead letter for what is wrong with a disk. */
  @Test
  void whatNobodyCanLookAtIsNotMissing() throws IOException {
    ObjectStore store = new ObjectStore(folder);
    Files.write(folder.resolve("a"), CLAIMED);
    Files.createDirectory(folder.resolve("d"));
    Files.createSymbolicLink(folder.resolve("loop"), folder.resolve("loop"));
    for (String missing : List.of("b", "a/b", "a/b/c", "d", "d/b", "A", "../a")) {
      assertNull(store.open(missing), missing);
    }
    assertThrows(IOException.class, () -> store.open("loop"));
  }
}
