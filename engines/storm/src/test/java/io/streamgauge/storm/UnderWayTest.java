package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.kafka.common.TopicPartition;
import org.apache.storm.kafka.spout.KafkaSpoutMessageId;
import org.junit.jupiter.api.Test;

class UnderWayTest {
  private static final int MOST = 100;

  private final UnderWay underWay = new UnderWay(MOST);

  private static KafkaSpoutMessageId id(long offset) {
    return new KafkaSpoutMessageId(new TopicPartition("in", 0), offset);
  }

  @Test
  void bytesFillTheRoomAndNotTuples() {
    for (int i = 0; i < 1000; i++) {
      underWay.sent(id(i), 0);
    }
    underWay.sent(id(1000), MOST - 1);
    assertTrue(underWay.hasRoom());
    underWay.sent(id(1001), 1);
    assertFalse(underWay.hasRoom());
  }

  @Test
  void anAcknowledgementMakesRoomOnce() {
    underWay.sent(id(1), MOST);
    underWay.sent(id(2), MOST);
    underWay.done(id(1));
    underWay.done(id(1));
    assertFalse(underWay.hasRoom(), "the second is still under way");
    underWay.done(id(2));
    assertTrue(underWay.hasRoom());
  }

  @Test
  void aTupleThatFailedMayComeAgainWhileOthersThatWaitForItFillTheRoom() {
    underWay.sent(id(1), 1);
    underWay.sent(id(2), 2 * MOST);
    assertFalse(underWay.hasRoom());
    underWay.failed(id(1));
    assertTrue(underWay.hasRoom());
    underWay.sent(id(1), 1);
    assertFalse(underWay.hasRoom());
  }

  @Test
  void aTupleSentAgainCountsOnce() {
    underWay.sent(id(1), MOST);
    underWay.sent(id(1), MOST);
    underWay.done(id(1));
    assertTrue(underWay.hasRoom());
  }
}
