package io.streamgauge.joblib.encoding;

/**
 * How far an LZ4 frame reaches. Libraries do not agree on that: some read on into frames behind the
 * first, others take an empty block for the end.
 */
final class Lz4Frame {
  private static final long MAGIC = 0x184d2204L;
  private static final int FLAGS_MASK = 0xe3;
  private static final int FLAGS = 0x60; // version 01, independent blocks, no dictionary
  private static final int BLOCK_SUMS = 0x10;
  private static final int CONTENT_SIZE = 0x08;
  private static final int CONTENT_SUM = 0x04;
  private static final long LENGTH = 0x7fffffffL; // without the flag of what is not compressed

  private Lz4Frame() {}

  /**
   * Refuses what is not one frame to its last byte, as far as lengths tell, or has an empty block.
   * Throws {@link Malformed}.
   */
  static void check(byte[] packed) {
    Cursor in = new Cursor(packed);
    long magic = in.littleEndian(Integer.BYTES);
    int flags = in.next();
    if (magic != MAGIC || (flags & FLAGS_MASK) != FLAGS) {
      throw Malformed.BAD_COMPRESSION;
    }
    in.take(2 + ((flags & CONTENT_SIZE) == 0 ? 0 : Long.BYTES)); // size of blocks, checksum
    for (long n = in.littleEndian(4); n != 0; n = in.littleEndian(4)) {
      if ((n & LENGTH) == 0) {
        throw Malformed.BAD_COMPRESSION;
      }
      in.take(n & LENGTH);
      in.take((flags & BLOCK_SUMS) == 0 ? 0 : Integer.BYTES);
    }
    in.take((flags & CONTENT_SUM) == 0 ? 0 : Integer.BYTES);
    in.finish();
  }
}
