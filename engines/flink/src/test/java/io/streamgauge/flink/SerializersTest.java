package io.streamgauge.flink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.streamgauge.joblib.operator.Aggregate;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Output;
import io.streamgauge.joblib.record.Stamp;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class SerializersTest {
  private static final Stamp STAMP = new Stamp(0, 65_535, 4_294_967_295L, -1, -5, 7);

  private static <T> T roundTrip(TypeSerializer<T> serializer, T value) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    serializer.serialize(value, out);
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    T read = serializer.deserialize(in);
    assertEquals(0, in.available(), "bytes left over");
    return read;
  }

  @Test
  void anEventKeepsAllThatTheStageStillNeeds() throws IOException {
    Event e = new Event();
    e.partition = 3;
    e.offset = 1L << 40;
    e.key = new byte[] {1, -1};
    e.value = new byte[0];
    e.sg = STAMP.toBytes();
    e.time = -1;
    e.sgt = Headers.time(-1);
    e.values = new long[] {5, 0, Long.MIN_VALUE};
    e.present = new boolean[] {true, false, true};

    Event got = roundTrip(ArrivalSerializer.INSTANCE, Arrival.of(e)).event();

    assertEquals(3, got.partition);
    assertEquals(1L << 40, got.offset);
    assertArrayEquals(e.key, got.key);
    assertArrayEquals(e.value, got.value);
    assertEquals(STAMP, got.stamp());
    assertEquals(-1, got.time);
    assertArrayEquals(e.sgt, got.sgt);
    assertArrayEquals(e.values, got.values);
    assertArrayEquals(e.present, got.present);
  }

  @Test
  void aChunkKeepsItsHeader() throws IOException {
    Event e = new Event();
    e.partition = 3;
    e.offset = 1L << 40;
    e.key = new byte[] {1, -1};
    e.value = new byte[] {5};
    e.sg = STAMP.toBytes();
    e.time = -1;
    e.sgt = Headers.time(-1);
    e.sgc = new byte[] {9, 8}; // damaged

    Event got = roundTrip(ChunkSerializer.INSTANCE, e);

    assertEquals(1L << 40, got.offset);
    assertArrayEquals(e.key, got.key);
    assertArrayEquals(e.value, got.value);
    assertEquals(STAMP, got.stamp());
    assertArrayEquals(e.sgt, got.sgt);
    assertArrayEquals(e.sgc, got.sgc);
  }

  @Test
  void aSettledRecordKeepsItsOwnerAndItsBytes() throws IOException {
    byte[] sgo = Output.of(Output.ALERT, 4, STAMP).toBytes();
    OutRecord r =
        new OutRecord(
            true,
            null,
            new byte[] {9},
            12,
            new String[] {Headers.TIME, Headers.OUTPUT},
            new byte[][] {Headers.time(12), sgo});

    Arrival got = roundTrip(ArrivalSerializer.INSTANCE, Arrival.of(r));

    assertEquals(STAMP.owner(), got.owner());
    assertNull(got.event());
    assertEquals(true, got.settled().deadLetter());
    assertNull(got.settled().key());
    assertArrayEquals(new byte[] {9}, got.settled().value());
    assertEquals(12, got.settled().timestamp());
    assertArrayEquals(r.names(), got.settled().names());
    assertArrayEquals(sgo, got.settled().headers()[1]);
  }

  @Test
  void aSampleIsCarriedWhole() throws IOException {
    Sample got = roundTrip(SampleSerializer.INSTANCE, new Sample(new byte[] {4}, STAMP, -8));
    assertArrayEquals(new byte[] {4}, got.key());
    assertEquals(STAMP, got.stamp());
    assertEquals(-8, got.metric());
  }

  @Test
  void aCopyOfATotalStandsStill() throws IOException {
    Total t = new Total();
    t.add(new byte[] {4}, STAMP, 10, 7);
    Total copy = TotalSerializer.INSTANCE.copy(t);
    t.add(new byte[] {4}, STAMP, 20, 9);
    assertEquals(1, copy.sum.count);
    assertEquals(7, copy.time);
    assertArrayEquals(t.toBytes(), roundTrip(TotalSerializer.INSTANCE, t).toBytes());
  }

  @Test
  void aCopyOfAnOpenWindowStandsStill() {
    Aggregate a = new Aggregate();
    a.add(new byte[] {4}, STAMP, 10);
    Aggregate copy = AggregateSerializer.INSTANCE.copy(a);
    a.add(new byte[] {4}, STAMP, 20);
    assertEquals(1, copy.count);
    assertEquals(10, copy.sum);
    assertEquals(STAMP.owner(), copy.owner);
  }
}
