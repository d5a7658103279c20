package io.streamgauge.spark;

import io.streamgauge.joblib.operator.Parts;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.streaming.MapState;

/**
 * The chunks of the message that a device is sending, by index: it has one at a time. Those of the
 * batch at hand are in memory as it is, and go into Spark's state at its end, if the message is
 * still open then. One that begins and ends in a batch is never written.
 */
final class Gathered implements Parts {
  private final MapState<Long, byte[]> stored;
  private final Map<Long, byte[]> fresh = new TreeMap<>();
  private boolean inState;

  /**
   * The chunks of the device at hand.
   *
   * @param stored those that earlier batches have left
   * @param inState whether they have left any
   */
  Gathered(MapState<Long, byte[]> stored, boolean inState) {
    this.stored = stored;
    this.inState = inState;
  }

  @Override
  public void add(long sequence, long index, byte[] chunk) {
    fresh.put(index, chunk);
  }

  @Override
  public byte[] join(long sequence, long count, int total) {
    ByteBuffer whole = ByteBuffer.allocate(total);
    for (long i = 0; i < count; i++) {
      byte[] chunk = fresh.get(i);
      whole.put(chunk == null ? stored.getValue(i) : chunk);
    }
    return whole.array();
  }

  @Override
  public void clear(long sequence, long count) {
    fresh.clear();
    if (inState) {
      stored.clear();
      inState = false;
    }
  }

  /** Writes down what the batch has brought and nobody has asked for. */
  void save() {
    fresh.forEach(stored::updateValue);
  }
}
