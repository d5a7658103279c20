package io.streamgauge.joblib.encoding;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.streamgauge.joblib.json.MessageDecoder;
import io.streamgauge.joblib.operator.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import net.jpountz.lz4.LZ4FrameInputStream;
import org.xerial.snappy.Snappy;

/**
 * Unpacks messages. The libraries are those that Kafka's client brings, in the version of the
 * engine.
 */
enum Compression {
  GZIP {
    @Override
    byte[] unpack(byte[] packed, int limit) throws DataFormatException {
      return Gzip.unpack(packed, limit);
    }
  },
  LZ4 {
    @Override
    byte[] unpack(byte[] packed, int limit) throws IOException {
      Lz4Frame.check(packed);
      ByteArrayInputStream source = new ByteArrayInputStream(packed);
      try (InputStream in = new LZ4FrameInputStream(source, true)) {
        return all(in, source, limit);
      }
    }
  },
  SNAPPY {
    @Override
    byte[] unpack(byte[] packed, int limit) throws IOException {
      long claimed = packed.length == 0 ? Long.MAX_VALUE : Snappy.uncompressedLength(packed);
      if (claimed > Math.min(limit, MOST_OF_SNAPPY * packed.length)) {
        throw Malformed.BAD_COMPRESSION;
      }
      return Snappy.uncompress(packed);
    }
  },
  ZSTD {
    @Override
    byte[] unpack(byte[] packed, int limit) throws IOException {
      long magic = new Cursor(packed).littleEndian(Integer.BYTES);
      if (magic != ZSTD_MAGIC && (magic & SKIPPED_MASK) != SKIPPED_MAGIC) {
        throw Malformed.BAD_COMPRESSION;
      }
      ByteArrayInputStream source = new ByteArrayInputStream(packed);
      try (ZstdInputStreamNoFinalizer in = new ZstdInputStreamNoFinalizer(source)) {
        return all(in, source, limit);
      }
    }
  };

  /** The largest message, unpacked. */
  static final int LIMIT = 1 << 27;

  /**
   * More bytes than snappy can make of one: its best are 64 of three. The library makes room for
   * all that is claimed.
   */
  private static final long MOST_OF_SNAPPY = 22;

  /** How frames of RFC 8878 begin. The library reads those of versions before it as well. */
  private static final long ZSTD_MAGIC = 0xfd2fb528L;

  private static final long SKIPPED_MAGIC = 0x184d2a50L;
  private static final long SKIPPED_MASK = 0xfffffff0L;

  abstract byte[] unpack(byte[] packed, int limit) throws IOException, DataFormatException;

  /** Decodes what is packed in a message by another decoder. */
  MessageDecoder around(MessageDecoder inner) {
    return (key, value, values, present) -> {
      byte[] message;
      try {
        message = unpack(value == null ? new byte[0] : value, LIMIT);
      } catch (IOException | RuntimeException | DataFormatException e) { // what libraries throw
        return Reason.BAD_COMPRESSION;
      }
      return inner.decode(key, message, values, present);
    };
  }

  private static byte[] all(InputStream in, ByteArrayInputStream source, int limit)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] part = new byte[4096];
    for (int n = in.read(part); n >= 0; n = in.read(part)) {
      room(out, n, limit);
      out.write(part, 0, n);
    }
    if (source.available() > 0) {
      throw Malformed.BAD_COMPRESSION;
    }
    return out.toByteArray();
  }

  /** Refuses what would be too large with n bytes more, before there is room for them. */
  private static void room(ByteArrayOutputStream out, int n, int limit) {
    if (n > limit - out.size()) {
      throw Malformed.BAD_COMPRESSION;
    }
  }

  /** One member of RFC 1952 without optional parts in its header. */
  private static final class Gzip {
    private static final int HEAD = 10;
    private static final int TAIL = 8;

    private Gzip() {}

    static byte[] unpack(byte[] packed, int limit) throws DataFormatException {
      boolean head =
          packed.length >= HEAD + TAIL
              && (packed[0] & 0xff) == 0x1f
              && (packed[1] & 0xff) == 0x8b
              && packed[2] == 8
              && packed[3] == 0;
      if (!head) {
        throw Malformed.BAD_COMPRESSION;
      }
      Inflater inflater = new Inflater(true);
      try {
        inflater.setInput(packed, HEAD, packed.length - HEAD);
        byte[] message = inflate(inflater, limit);
        Cursor tail = new Cursor(packed, packed.length - TAIL, packed.length);
        CRC32 sum = new CRC32();
        sum.update(message);
        boolean right =
            inflater.getRemaining() == TAIL
                && tail.littleEndian(Integer.BYTES) == sum.getValue()
                && tail.littleEndian(Integer.BYTES) == message.length;
        if (!right) {
          throw Malformed.BAD_COMPRESSION;
        }
        return message;
      } finally {
        inflater.end();
      }
    }

    private static byte[] inflate(Inflater inflater, int limit) throws DataFormatException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] part = new byte[4096];
      while (!inflater.finished()) {
        int n = inflater.inflate(part);
        room(out, n, limit);
        out.write(part, 0, n);
        if (n == 0 && !inflater.finished()) {
          throw Malformed.BAD_COMPRESSION;
        }
      }
      return out.toByteArray();
    }
  }
}
