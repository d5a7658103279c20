package io.streamgauge.sparkdstream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Seen;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Stamp;
import java.nio.ByteBuffer;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.serializer.SerializerInstance;
import org.junit.jupiter.api.Test;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** What is written to disk with the state comes back as it was. */
class RegistratorTest {
  private final SerializerInstance kryo =
      new KryoSerializer(
              new SparkConf(false).set("spark.kryo.registrator", Registrator.class.getName()))
          .newInstance();

  private <T> T back(T value) {
    ClassTag<T> tag = ClassTag$.MODULE$.apply(value.getClass());
    ByteBuffer bytes = kryo.serialize(value, tag);
    return kryo.deserialize(bytes, tag);
  }

  @Test
  void keys() {
    assertEquals(new StateKey(3, 0xffff_ffff_ffffL), back(new StateKey(3, 0xffff_ffff_ffffL)));
    assertEquals(StateKey.ofPartition(0), back(StateKey.ofPartition(0)));
  }

  @Test
  void answers() {
    byte[][] headers = {{1}, null};
    OutRecord r = new OutRecord(true, new byte[0], null, 42, new String[] {"sgt", "sgo"}, headers);
    OutRecord got = back(Answers.of(null, r)).records()[0];
    assertTrue(got.deadLetter());
    assertArrayEquals(r.key(), got.key());
    assertNull(got.value());
    assertEquals(42, got.timestamp());
    assertArrayEquals(r.names(), got.names());
    assertArrayEquals(headers[0], got.headers()[0]);
    assertNull(got.headers()[1]);
  }

  @Test
  void totals() {
    Total total = new Total();
    total.add(new byte[] {1, 2}, new Stamp(0, 1, 2, 3, -4, 0), -5, -6);
    assertArrayEquals(total.toBytes(), back(total).toBytes());
  }

  @Test
  void whatDevicesHaveSent() {
    Seen seen = Seen.fromBytes(ByteBuffer.allocate(13 + 16 * 8).putInt(1024).array());
    seen.pass(5);
    Seen got = back(seen);
    assertFalse(got.pass(5));
    assertTrue(got.pass(6));
  }

  @Test
  void messagesThatAreStillComing() {
    Stage stage = Large.stage("scan", 0);
    Message open = stage.messages().take(null, Large.chunk(stage, 0, 5, 0), null, r -> {});
    assertTrue(open.open());
    assertArrayEquals(open.toBytes(), back(open).toBytes());
    Message over = new Message(6, false, 0, 0, null, null, null, null, null);
    assertEquals(over, back(over));
    Assembly assembly = back(new Assembly(open, new long[] {3, 1L << 40}));
    assertArrayEquals(open.toBytes(), assembly.message().toBytes());
    assertArrayEquals(new long[] {3, 1L << 40}, assembly.offsets());
  }
}
