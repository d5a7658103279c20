package io.streamgauge.trident;

import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Parts;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The bytes of the messages that the devices of a partition are sending, a file for each message.
 * They are not in the log, which would be written anew with all of them, nor in memory. A chunk is
 * written where it stands in its message, before the state that has it is kept; bytes behind those
 * that the state has are of a batch that failed, and when that comes again it writes the same in
 * their place. Like the log, files are handed to the operating system, not forced to the disk. Not
 * safe for concurrent use.
 */
final class PartFiles {
  private static final int PIECE = 1 << 20; // bytes read at a time
  private static final int HEX = 16;

  private final Path folder;

  /** Which messages are still coming. */
  interface Open {
    boolean is(long owner, long sequence);
  }

  /**
   * Keeps files in a folder.
   *
   * @param folder made with the first of them; nothing else may be in it
   */
  PartFiles(Path folder) {
    this.folder = folder;
  }

  /**
   * The chunks of one device.
   *
   * @param now its newest message; null where it has none
   */
  Parts of(long owner, Message now) {
    return new OfDevice(owner, now);
  }

  /** Removes the files of all messages but those that are still coming. */
  void keep(Open open) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String[] name = file.getFileName().toString().split("-");
        long owner = Long.parseUnsignedLong(name[0], HEX);
        if (!open.is(owner, Long.parseUnsignedLong(name[1], HEX))) {
          Files.delete(file);
        }
      }
    }
  }

  private Path file(long owner, long sequence) {
    return folder.resolve(Long.toHexString(owner) + "-" + Long.toHexString(sequence));
  }

  private static void write(Path file, long at, byte[] chunk) throws IOException {
    if (at == 0) {
      Files.createDirectories(file.getParent());
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (channel.size() < at) { // it would be a damaged message otherwise
        throw new IOException(
            file
                + " has "
                + channel.size()
                + " bytes, and the chunk begins at "
                + at
                + ": those before it are gone, as after a fault of the machine");
      }
      ByteBuffer b = ByteBuffer.wrap(chunk);
      while (b.hasRemaining()) {
        channel.write(b, at + b.position());
      }
    }
  }

  private static byte[] read(Path file, int total) throws IOException {
    byte[] whole = new byte[total];
    try (InputStream in = Files.newInputStream(file)) {
      int at = 0;
      while (at < total) {
        int n = in.read(whole, at, Math.min(PIECE, total - at));
        if (n < 0) {
          throw new EOFException(file + " ends after " + at + " of " + total + " bytes");
        }
        at += n;
      }
    }
    return whole;
  }

  private final class OfDevice implements Parts {
    private final long owner;
    private final Message now;

    OfDevice(long owner, Message now) {
      this.owner = owner;
      this.now = now;
    }

    /** Chunks are taken in their order, each once: the next one begins where the message ends. */
    private long end(long sequence) {
      return now != null && now.open() && now.sequence() == sequence ? now.done() : 0;
    }

    @Override
    public void add(long sequence, long index, byte[] chunk) {
      try {
        write(file(owner, sequence), end(sequence), chunk);
      } catch (IOException e) {
        throw new UncheckedIOException("keeping chunk " + index + ": " + e.getMessage(), e);
      }
    }

    @Override
    public byte[] join(long sequence, long count, int total) {
      try {
        return read(file(owner, sequence), total);
      } catch (IOException e) {
        throw new UncheckedIOException("putting a message together: " + e.getMessage(), e);
      }
    }

    /** The file goes when the state without its message is kept: a batch that fails needs it. */
    @Override
    public void clear(long sequence, long count) {}
  }
}
