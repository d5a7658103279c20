package io.streamgauge.storm;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A file of records, each written whole or not at all as far as a reader can tell. What was written
 * survives the process at any instant, since the system has it; it is not forced to the disk, and a
 * crash of the system may lose the end of it.
 *
 * <pre>
 *     0        4        8
 *     +--------+--------+---------+
 *     | length | crc32c | record  |   big endian; the checksum is that of the record
 *     +--------+--------+---------+
 * </pre>
 */
final class Journal implements AutoCloseable {
  private static final int HEAD = 8;

  /** Takes what a journal holds, from the oldest record on. */
  interface Reader {
    void take(ByteBuffer record);
  }

  private final Path file;
  private FileChannel channel;
  private long size;

  private Journal(Path file, FileChannel channel, long size) {
    this.file = file;
    this.channel = channel;
    this.size = size;
  }

  /**
   * Opens a journal, made if it is not there, gives what it holds to a reader, and cuts off a
   * record that is not whole.
   */
  static Journal open(Path file, Reader reader) throws IOException {
    Files.createDirectories(file.getParent());
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    return of(file, channel, reader);
  }

  /** A journal whose file is open. */
  static Journal of(Path file, FileChannel channel, Reader reader) throws IOException {
    long end = read(channel, reader);
    channel.truncate(end);
    return new Journal(file, channel, end);
  }

  /**
   * Gives what a journal holds to a reader and changes nothing, also where its end is not whole:
   * another may be writing there. What is returned is closed.
   */
  static Journal look(Path file, Reader reader) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return new Journal(file, channel, read(channel, reader));
    }
  }

  private static long read(FileChannel channel, Reader reader) throws IOException {
    long at = 0;
    long left = channel.size();
    ByteBuffer head = ByteBuffer.allocate(HEAD);
    while (left >= HEAD) {
      fill(channel, head.clear(), at);
      int length = head.getInt();
      int sum = head.getInt();
      if (length < 0 || length > left - HEAD) {
        break;
      }
      ByteBuffer record = ByteBuffer.allocate(length);
      fill(channel, record, at + HEAD);
      if (sum(record.duplicate()) != sum) {
        break;
      }
      reader.take(record);
      at += HEAD + length;
      left -= HEAD + length;
    }
    return at;
  }

  private static void fill(FileChannel channel, ByteBuffer b, long at) throws IOException {
    while (b.hasRemaining()) {
      if (channel.read(b, at + b.position()) < 0) {
        throw new EOFException();
      }
    }
    b.flip();
  }

  private static int sum(ByteBuffer record) {
    CRC32C crc = new CRC32C();
    crc.update(record);
    return (int) crc.getValue();
  }

  /** Bytes in the file. */
  long size() {
    return size;
  }

  /** Appends a record; in place of what is there of one that could not be written. */
  void append(ByteBuffer record) throws IOException {
    channel.position(size);
    size += write(channel, record);
  }

  private static long write(FileChannel channel, ByteBuffer record) throws IOException {
    ByteBuffer head =
        ByteBuffer.allocate(HEAD).putInt(record.remaining()).putInt(sum(record.duplicate())).flip();
    ByteBuffer[] both = {head, record};
    long n = HEAD + record.remaining();
    while (record.hasRemaining()) {
      channel.write(both);
    }
    return n;
  }

  /** Replaces all that the journal holds, at once. */
  void replace(ByteBuffer... records) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    FileChannel next =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    long n = 0;
    for (ByteBuffer r : records) {
      n += write(next, r);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    channel.close();
    channel = next;
    size = n;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
