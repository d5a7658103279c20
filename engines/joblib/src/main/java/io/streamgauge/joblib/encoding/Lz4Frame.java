package io.streamgauge.joblib.encoding;

/**
 * How far an LZ4 frame reaches, and how its blocks end. Libraries do not agree on that: some read
 * on into frames behind the first, others take an empty block for the end; some let a block end
 * with a copy, others pass over the length of one behind the last bytes, or copy from 0 bytes back.
 */
final class Lz4Frame {
  private static final long MAGIC = 0x184d2204L;
  private static final int FLAGS_MASK = 0xe3;
  private static final int FLAGS = 0x60; // version 01, independent blocks, no dictionary
  private static final int BLOCK_SUMS = 0x10;
  private static final int CONTENT_SIZE = 0x08;
  private static final int CONTENT_SUM = 0x04;
  private static final long SIZE = 0x7fffffffL; // without the flag of what is not compressed

  private static final int MORE = 15; // a length that goes on behind its token
  private static final int LEAST_COPY = 4;
  private static final int LAST_BYTES = 5; // that stand themselves, where there is a copy
  private static final int LAST_COPY = 12; // bytes at the end in which none begins

  private Lz4Frame() {}

  /**
   * Refuses what is not one frame to its last byte, as far as lengths tell, of blocks that are not
   * empty and end as the format has it. Throws {@link Malformed}.
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
      int from = in.take(n & SIZE);
      if (in.at == from || n == (n & SIZE) && !ends(new Cursor(packed, from, in.at))) {
        throw Malformed.BAD_COMPRESSION;
      }
      in.take((flags & BLOCK_SUMS) == 0 ? 0 : Integer.BYTES);
    }
    in.take((flags & CONTENT_SUM) == 0 ? 0 : Integer.BYTES);
    in.finish();
  }

  /** Whether a compressed block ends as the format has it, and each copy comes from before it. */
  private static boolean ends(Cursor block) {
    long made = 0;
    long copied = -1; // where the last copy begins
    while (true) {
      int token = block.next();
      long n = length(token >> 4, block);
      block.take(n);
      made += n;
      if (block.done()) {
        boolean apart = n >= LAST_BYTES && made - copied >= LAST_COPY;
        return (token & MORE) == 0 && (copied < 0 || apart);
      }
      if (block.littleEndian(2) == 0) {
        return false; // a copy from where it is to go: to some libraries a run of zeros
      }
      copied = made;
      made += length(token & MORE, block) + LEAST_COPY;
    }
  }

  private static long length(int nibble, Cursor block) {
    long n = nibble;
    int more = nibble == MORE ? 255 : 0;
    while (more == 255) {
      more = block.next();
      n += more;
    }
    return n;
  }
}
