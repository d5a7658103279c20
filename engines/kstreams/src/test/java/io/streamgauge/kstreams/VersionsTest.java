package io.streamgauge.kstreams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.streamgauge.joblib.operator.Message;
import java.util.List;
import org.junit.jupiter.api.Test;

class VersionsTest {
  private static Message over(long sequence) {
    return new Message(sequence, false, 0, 0, null, null, null, null, null);
  }

  private static Versions three() {
    Versions v = new Versions();
    v.add(10, over(1));
    v.add(20, over(2));
    v.add(30, over(3));
    return v;
  }

  private static List<Long> offsets(Versions v) {
    return v.all().stream().map(Versions.Version::offset).toList();
  }

  @Test
  void takesBackFromAnOffsetOn() {
    Versions v = three();
    v.rewind(31);
    assertEquals(3, v.newest().sequence());
    v.rewind(30);
    assertEquals(2, v.newest().sequence());
    v.rewind(10);
    assertNull(v.newest());
  }

  @Test
  void keepsWhatARecordThatComesAgainWouldFind() {
    Versions v = three();
    v.settle(20);
    assertEquals(List.of(10L, 20L, 30L), offsets(v), "20 may come again, and finds 10's");
    v.settle(21);
    assertEquals(List.of(20L, 30L), offsets(v));
    v.settle(Long.MAX_VALUE);
    assertEquals(List.of(30L), offsets(v));
  }

  @Test
  void survivesTheStore() {
    Versions v =
        Versions.SERDE
            .deserializer()
            .deserialize("t", Versions.SERDE.serializer().serialize("t", three()));
    assertEquals(three().all(), v.all());
  }
}
