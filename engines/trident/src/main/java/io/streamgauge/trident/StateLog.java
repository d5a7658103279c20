package io.streamgauge.trident;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A file of entries, each for one transaction id:
 *
 * <pre>
 *   0              4             8                 16
 *   +--------------+-------------+-----------------+----------------+
 *   | u32 length   | u32 crc32c  | i64 transaction | length bytes   |
 *   +--------------+-------------+-----------------+----------------+
 * </pre>
 *
 * The checksum covers what comes after it. An entry that a kill has cut short ends the file: nobody
 * was told of it. Entries are handed to the operating system, not forced to the disk. Not safe for
 * concurrent use.
 */
final class StateLog implements AutoCloseable {
  private static final int HEAD = 16;

  private final Path file;
  private FileChannel channel;

  /** Reads one entry. */
  interface Reader {
    void read(long txid, ByteBuffer body) throws IOException;
  }

  /** Opens the file, or makes it, and hands its entries to {@code reader} in their order. */
  StateLog(Path file, Reader reader) throws IOException {
    this.file = file;
    Files.createDirectories(file.getParent());
    channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    long end = read(reader);
    channel.truncate(end);
    channel.position(end);
  }

  private long read(Reader reader) throws IOException {
    ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file));
    while (all.remaining() >= HEAD) {
      int begin = all.position();
      int length = all.getInt();
      int sum = all.getInt();
      if (length < 0 || length > all.remaining() - Long.BYTES) {
        return begin;
      }
      ByteBuffer checked = all.slice(all.position(), Long.BYTES + length);
      if (sum != sum(checked)) {
        return begin;
      }
      reader.read(all.getLong(), all.slice(all.position(), length));
      all.position(all.position() + length);
    }
    return all.position();
  }

  private static int sum(ByteBuffer b) {
    CRC32C crc = new CRC32C();
    crc.update(b.duplicate());
    return (int) crc.getValue();
  }

  /** Adds an entry. */
  void append(long txid, byte[] body) throws IOException {
    write(channel, txid, body);
  }

  private static void write(FileChannel to, long txid, byte[] body) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(HEAD + body.length);
    b.putInt(0, body.length).putLong(8, txid).put(HEAD, body);
    b.putInt(4, sum(b.slice(8, Long.BYTES + body.length)));
    while (b.hasRemaining()) {
      to.write(b);
    }
  }

  /** Puts one entry in the place of all. */
  void replace(long txid, byte[] body) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    FileChannel c =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    write(c, txid, body);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    channel.close();
    channel = c;
  }

  /** Bytes in the file. */
  long size() throws IOException {
    return channel.size();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
