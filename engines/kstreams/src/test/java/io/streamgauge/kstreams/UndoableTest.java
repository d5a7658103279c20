package io.streamgauge.kstreams;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UndoableTest {
  private static final Undoable.Fold SUM =
      (old, changes) -> {
        byte sum = old[0];
        for (long c : changes) {
          sum += (byte) c;
        }
        return new byte[] {sum};
      };

  private static List<Long> changes(Undoable u) {
    List<Long> list = new ArrayList<>();
    u.changes(list::add);
    return list;
  }

  private static Undoable copy(Undoable u) {
    return Undoable.SERDE
        .deserializer()
        .deserialize("t", Undoable.SERDE.serializer().serialize("t", u));
  }

  @Test
  void survivesTheStore() {
    Undoable u = new Undoable(new byte[] {1, 2, 3});
    u.add(5, Long.MAX_VALUE);
    u.add(6, Long.MIN_VALUE);
    u.add(Long.MAX_VALUE, -1);
    Undoable c = copy(u);
    assertArrayEquals(new byte[] {1, 2, 3}, c.base());
    assertEquals(List.of(Long.MAX_VALUE, Long.MIN_VALUE, -1L), changes(c));
    c.rewind(Long.MAX_VALUE);
    assertEquals(List.of(Long.MAX_VALUE, Long.MIN_VALUE), changes(c));
    assertEquals(List.of(), changes(copy(new Undoable(new byte[0]))));
  }

  @Test
  void takesBackFromAnOffsetOn() {
    Undoable u = new Undoable(new byte[] {0});
    u.add(10, 1);
    u.add(20, 2);
    u.add(30, 4);
    u.rewind(31);
    assertEquals(List.of(1L, 2L, 4L), changes(u));
    u.rewind(20);
    assertEquals(List.of(1L), changes(u));
    u.add(20, 2);
    assertEquals(List.of(1L, 2L), changes(u));
    u.rewind(0);
    assertEquals(List.of(), changes(u));
  }

  @Test
  void settlesWhatIsCommitted() {
    Undoable u = new Undoable(new byte[] {0});
    u.add(10, 1);
    u.add(20, 2);
    u.add(30, 4);
    u.settle(10, SUM);
    assertEquals(0, u.base()[0], "10 is the next offset to be read, not committed itself");
    u.settle(21, SUM);
    assertEquals(3, u.base()[0]);
    assertEquals(List.of(4L), changes(u));
    u.rewind(0);
    assertEquals(3, u.base()[0], "what is final stays");
    u.add(40, 8);
    u.settle(Long.MAX_VALUE, SUM);
    assertEquals(11, copy(u).base()[0]);
  }
}
