package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class RecordFieldsTest {
  private final RecordFields translator = new RecordFields();

  @Test
  void theFirstRecordHasNoneBeforeIt() {
    assertEquals(RecordFields.FIRST, previous(0, 17));
    assertEquals(17L, previous(0, 18));
    assertEquals(RecordFields.FIRST, previous(1, 4), "of another partition");
  }

  @Test
  void aGapIsRemembered() {
    previous(0, 5);
    assertEquals(5L, previous(0, 9));
    assertEquals(9L, previous(0, 10));
    assertEquals(5L, previous(0, 9), "read again");
    assertEquals(9L, previous(0, 10), "read again");
    assertEquals(RecordFields.FIRST, previous(0, 5), "read again");
    assertEquals(10L, previous(0, 11));
  }

  private long previous(int partition, long offset) {
    List<Object> tuple =
        translator.apply(
            new ConsumerRecord<>("topic", partition, offset, new byte[0], new byte[0]));
    assertEquals(RecordFields.FIELDS.size(), tuple.size(), "values of the tuple");
    return (Long) tuple.get(RecordFields.FIELDS.fieldIndex("previous"));
  }
}
