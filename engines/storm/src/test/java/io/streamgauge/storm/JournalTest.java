package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir private Path dir;

  private static ByteBuffer record(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aRecordThatTheDiskHadNoRoomForHidesNoOther() throws IOException {
    Path file = dir.resolve("x.journal");
    List<String> back = new ArrayList<>();
    try (Disk disk = new Disk(file);
        Journal journal = Journal.of(file, disk, r -> {})) {
      journal.append(record("first"));
      disk.room = 10; // the head and two bytes
      assertThrows(IOException.class, () -> journal.append(record("second")));
      disk.room = Integer.MAX_VALUE;
      journal.append(record("third"));
    }
    try (Journal again =
        Journal.open(file, r -> back.add(StandardCharsets.UTF_8.decode(r).toString()))) {
      assertEquals(List.of("first", "third"), back);
      assertEquals(2 * 8 + 5 + 5, again.size());
    }
  }

  /** A file on a disk that may be full. What a journal does not call is not there. */
  private static final class Disk extends FileChannel {
    int room = Integer.MAX_VALUE; // bytes
    private final FileChannel file;

    Disk(Path file) throws IOException {
      this.file =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
      long written = 0;
      for (ByteBuffer b : List.of(from).subList(offset, offset + length)) {
        int n = Math.min(room, b.remaining());
        ByteBuffer part = b.slice(b.position(), n);
        while (part.hasRemaining()) {
          file.write(part);
        }
        b.position(b.position() + n);
        room -= n;
        written += n;
      }
      if (written == 0) {
        throw new IOException("No space left on device");
      }
      return written;
    }

    @Override
    public int read(ByteBuffer to, long position) throws IOException {
      return file.read(to, position);
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public FileChannel position(long position) throws IOException {
      file.position(position);
      return this;
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      file.truncate(size);
      return this;
    }

    @Override
    protected void implCloseChannel() throws IOException {
      file.close();
    }

    @Override
    public int read(ByteBuffer to) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] to, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer from) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer from, long position) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void force(boolean metaData) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
      throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }
  }
}
