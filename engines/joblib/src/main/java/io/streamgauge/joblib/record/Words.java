package io.streamgauge.joblib.record;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers in byte arrays, little endian, without a buffer object for each. */
final class Words {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private Words() {}

  static long i64(byte[] b, int at) {
    return (long) LONGS.get(b, at);
  }

  static long u32(byte[] b, int at) {
    return Integer.toUnsignedLong((int) INTS.get(b, at));
  }

  static int u16(byte[] b, int at) {
    return Short.toUnsignedInt((short) SHORTS.get(b, at));
  }

  static void i64(byte[] b, int at, long v) {
    LONGS.set(b, at, v);
  }

  static void u32(byte[] b, int at, long v) {
    INTS.set(b, at, (int) v);
  }

  static void u16(byte[] b, int at, int v) {
    SHORTS.set(b, at, (short) v);
  }
}
