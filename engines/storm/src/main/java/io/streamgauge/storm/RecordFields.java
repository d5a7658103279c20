package io.streamgauge.storm;

import io.streamgauge.joblib.kafka.Records;
import io.streamgauge.joblib.record.InRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.Values;

/**
 * Makes a tuple of a record: what the spout's own translator leaves out are the headers. All fields
 * are numbers and byte arrays, which cross from one worker to another without a serializer of ours.
 *
 * <p>Beside the record's offset a tuple has that of the record before it in its partition. Offsets
 * need not be without gaps, and who wants all records in order must know which ones there are.
 */
final class RecordFields implements RecordTranslator<byte[], byte[]> {
  private static final long serialVersionUID = 1;

  /** In place of the offset before, for the first record that a spout reads from a partition. */
  static final long FIRST = -1;

  static final String PARTITION = "partition";
  static final Fields FIELDS =
      new Fields(PARTITION, "offset", "previous", "key", "value", "sg", "sgt", "sgo", "sgc");

  private static final int PREVIOUS = 2;
  private static final int VALUE = 4;

  private transient Map<Integer, Sequence> sequences;

  @Override
  public List<Object> apply(ConsumerRecord<byte[], byte[]> r) {
    if (sequences == null) {
      sequences = new HashMap<>();
    }
    long previous =
        sequences.computeIfAbsent(r.partition(), p -> new Sequence()).previous(r.offset());
    InRecord in = Records.in(r);
    return new Values(
        in.partition(),
        in.offset(),
        previous,
        in.key(),
        in.value(),
        in.sg(),
        in.sgt(),
        in.sgo(),
        in.sgc());
  }

  @Override
  public Fields getFieldsFor(String stream) {
    return FIELDS;
  }

  /** The record of a tuple. */
  static InRecord record(Tuple t) {
    return new InRecord(
        t.getInteger(0),
        t.getLong(1),
        t.getBinary(3),
        t.getBinary(VALUE),
        t.getBinary(5),
        t.getBinary(6),
        t.getBinary(7),
        t.getBinary(8));
  }

  /** Bytes of a tuple's value. */
  static int size(List<Object> tuple) {
    byte[] value = (byte[]) tuple.get(VALUE);
    return value == null ? 0 : value.length;
  }

  /** Offset of the record before, or {@link #FIRST}. */
  static long previous(Tuple t) {
    return t.getLong(PREVIOUS);
  }

  /**
   * The offsets of one partition as they were read first. Those read again after a failure are
   * known.
   */
  static final class Sequence {
    private final NavigableMap<Long, Long> behindGaps = new TreeMap<>();
    private long last = FIRST;

    long previous(long offset) {
      if (offset > last) {
        if (last == FIRST || offset != last + 1) {
          behindGaps.put(offset, last);
        }
        last = offset;
      }
      return behindGaps.getOrDefault(offset, offset - 1);
    }
  }
}
