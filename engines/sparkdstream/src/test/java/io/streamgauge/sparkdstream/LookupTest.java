package io.streamgauge.sparkdstream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** The consumer is Kafka's own mock: a poll brings what the test says, from where was sought. */
class LookupTest {
  private static final TopicPartition IN = new TopicPartition("in", 0);

  private final MockConsumer<byte[], byte[]> consumer =
      new MockConsumer<>(OffsetResetStrategy.EARLIEST);
  private final Lookup lookup = new Lookup(consumer, IN);
  private int polls;

  private static byte[] value(long offset) {
    return new byte[] {(byte) offset};
  }

  private void nextPoll(long... offsets) {
    consumer.schedulePollTask(
        () -> {
          polls++;
          for (long o : offsets) {
            consumer.addRecord(new ConsumerRecord<>("in", 0, o, new byte[0], value(o)));
          }
        });
  }

  private void finds(long offset) {
    assertArrayEquals(value(offset), lookup.value(offset));
  }

  @Test
  void whatLiesAheadIsNotFetchedAgain() {
    nextPoll(4, 5, 6, 7);
    finds(4);
    finds(6);
    finds(7);
    assertEquals(1, polls);
    nextPoll(9);
    finds(9);
    assertEquals(2, polls);
  }

  @Test
  void goesBack() {
    nextPoll(4, 5, 6);
    finds(5);
    nextPoll(4, 5);
    finds(4);
    finds(5);
    assertEquals(2, polls);
  }

  @Test
  void aRecordThatIsGoneIsAnError() {
    nextPoll(5);
    Exception e = assertThrows(IllegalStateException.class, () -> lookup.value(4));
    assertTrue(e.getMessage().contains("no record at offset 4 of in-0"), e.getMessage());
    assertThrows(IllegalStateException.class, () -> lookup.value(6));
  }
}
