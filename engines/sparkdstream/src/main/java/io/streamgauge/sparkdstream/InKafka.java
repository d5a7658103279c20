package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.operator.Parts;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.LongFunction;

/**
 * The chunks of the message that a device is sending, left where they are: in the stage's input.
 * Only their offsets are state; the bytes are read again when the last chunk has come.
 *
 * <p>With the bytes in it the state would be unbearable. Spark keeps the states of as many batches
 * in memory as lie between two checkpoints of it, twice over, and a state refers to those it was
 * made from until it is compacted: all that came in chunks within some 40 s. And each checkpoint
 * would write what is coming whole.
 */
final class InKafka implements Parts {
  private final long offset; // of the chunk at hand
  private final LongFunction<byte[]> input;
  private long[] offsets;
  private byte[] atHand;

  /**
   * The chunks of one device.
   *
   * @param before what is known of them
   * @param offset of the chunk that is taken now
   * @param input gives the value of the record at an offset
   */
  InKafka(Assembly before, long offset, LongFunction<byte[]> input) {
    this.offset = offset;
    this.input = input;
    offsets = before.offsets();
  }

  @Override
  public void add(long sequence, long index, byte[] chunk) {
    offsets = Arrays.copyOf(offsets, offsets.length + 1); // what was belongs to the batch before
    offsets[offsets.length - 1] = offset;
    atHand = chunk;
  }

  @Override
  public byte[] join(long sequence, long count, int total) {
    ByteBuffer whole = ByteBuffer.allocate(total);
    for (int i = 0; i < offsets.length - 1; i++) {
      byte[] chunk = input.apply(offsets[i]);
      if (chunk != null) {
        whole.put(chunk);
      }
    }
    return whole.put(atHand).array();
  }

  @Override
  public void clear(long sequence, long count) {
    offsets = Assembly.NONE.offsets();
  }

  /** Where the chunks lie, by index. */
  long[] offsets() {
    return offsets;
  }
}
