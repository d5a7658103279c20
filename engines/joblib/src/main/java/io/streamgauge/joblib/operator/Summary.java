package io.streamgauge.joblib.operator;

import com.dynatrace.hash4j.hashing.HashStream64;
import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import io.streamgauge.joblib.json.Canonical;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What scan knows of a message after some of its bytes: length, hash, and the sum and bounds of its
 * samples, each two bytes, little endian. Its size does not depend on theirs. Not safe for
 * concurrent use.
 */
final class Summary {
  private static final Hasher64 XXH3 = Hashing.xxh3_64();
  private static final VarHandle SAMPLES =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int LONGEST = "{\"bytes\":,\"hash\":,\"peak\":,\"sum\":}".length() + 4 * 20;
  private static final int NUMBERS = 4 * Long.BYTES + 2;

  private final HashStream64 hash;
  private long bytes;
  private long sum;
  private long low;
  private long high;
  private boolean half; // a sample has begun with the byte first
  private byte first;

  Summary() {
    this(XXH3.hashStream());
  }

  private Summary(HashStream64 hash) {
    this.hash = hash;
  }

  /** The hash of a whole message: xxh3-64, seed 0. */
  static long hash(byte[] message) {
    return XXH3.hashBytesToLong(message);
  }

  /** Adds the next bytes of the message: those of {@code b} before {@code end}. */
  void add(byte[] b, int end) {
    hash.putBytes(b, 0, end);
    bytes += end;
    int i = 0;
    if (half && end > 0) {
      sample((short) (first & 0xff | b[0] << 8));
      half = false;
      i = 1;
    }
    for (; i < end - 1; i += 2) {
      sample((short) SAMPLES.get(b, i));
    }
    if (i < end) {
      half = true;
      first = b[i];
    }
  }

  private void sample(short v) {
    sum += v;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }

  /** Bytes so far. */
  long bytes() {
    return bytes;
  }

  /** Hash of the bytes so far. */
  long hash() {
    return hash.getAsLong();
  }

  /** The summary as canonical JSON. */
  byte[] value() {
    return new Canonical.Writer(LONGEST)
        .field("bytes", bytes)
        .field("hash", hash())
        .field("peak", Math.max(high, -low))
        .field("sum", sum)
        .end();
  }

  /** For state. */
  byte[] toBytes() {
    byte[] state = hash.getState();
    return ByteBuffer.allocate(NUMBERS + state.length)
        .putLong(bytes)
        .putLong(sum)
        .putLong(low)
        .putLong(high)
        .put((byte) (half ? 1 : 0))
        .put(first)
        .put(state)
        .array();
  }

  /** Reads what {@link #toBytes} wrote. */
  static Summary fromBytes(byte[] b) {
    ByteBuffer in = ByteBuffer.wrap(b, NUMBERS, b.length - NUMBERS);
    byte[] state = new byte[in.remaining()];
    in.get(state).rewind();
    Summary s = new Summary(XXH3.hashStreamFromState(state));
    s.bytes = in.getLong();
    s.sum = in.getLong();
    s.low = in.getLong();
    s.high = in.getLong();
    s.half = in.get() == 1;
    s.first = in.get();
    return s;
  }
}
