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
  private final MockConsumer<byte[], byte[]> consumer =
      new MockConsumer<>(OffsetResetStrategy.EARLIEST);
  private final Lookup lookup = new Lookup(consumer);
  private int polls;

  private static byte[] value(int partition, long offset) {
    return new byte[] {(byte) (100 * partition + offset)};
  }

  private void nextPoll(int partition, long... offsets) {
    consumer.schedulePollTask(
        () -> {
          polls++;
          for (long o : offsets) {
            consumer.addRecord(
                new ConsumerRecord<>("in", partition, o, new byte[0], value(partition, o)));
          }
        });
  }

  private void finds(int partition, long offset) {
    assertArrayEquals(
        value(partition, offset), lookup.value(new TopicPartition("in", partition), offset));
  }

  @Test
  void whatLiesAheadIsNotFetchedAgain() {
    nextPoll(0, 4, 5, 6, 7);
    finds(0, 4);
    finds(0, 6);
    finds(0, 7);
    assertEquals(1, polls);
    nextPoll(0, 9);
    finds(0, 9);
    assertEquals(2, polls);
  }

  @Test
  void goesBack() {
    nextPoll(0, 4, 5, 6);
    finds(0, 5);
    nextPoll(0, 4, 5);
    finds(0, 4);
    finds(0, 5);
    assertEquals(2, polls);
  }

  @Test
  void partitionsAreKeptApart() {
    nextPoll(0, 4, 5);
    finds(0, 4);
    nextPoll(1, 5);
    finds(1, 5);
    nextPoll(0, 5);
    finds(0, 5);
  }

  @Test
  void aRecordThatIsGoneIsAnError() {
    nextPoll(0, 5);
    TopicPartition p = new TopicPartition("in", 0);
    Exception e = assertThrows(IllegalStateException.class, () -> lookup.value(p, 4));
    assertTrue(e.getMessage().contains("no record at offset 4 of in-0"), e.getMessage());
    assertThrows(IllegalStateException.class, () -> lookup.value(p, 6));
  }
}
