package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFilesTest {
  @TempDir Path dir;

  private static Configuration configuration() {
    Configuration c = new Configuration();
    c.set("fs.file.impl", LocalFiles.Old.class.getName());
    c.set("fs.AbstractFileSystem.file.impl", LocalFiles.New.class.getName());
    c.setBoolean("fs.file.impl.disable.cache", true);
    return c;
  }

  private org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(dir.resolve(name).toUri());
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aCheckpointFileReplacesAnother() throws IOException {
    FileContext files = FileContext.getFileContext(dir.toUri(), configuration());
    Files.write(dir.resolve("7"), new byte[] {1});
    try (OutputStream out = files.create(path("temp"), EnumSet.of(CreateFlag.CREATE))) {
      out.write(2);
    }
    files.rename(path("temp"), path("7"), Options.Rename.OVERWRITE);
    assertEquals(List.of("7"), names());
    assertArrayEquals(new byte[] {2}, Files.readAllBytes(dir.resolve("7")));
  }

  @Test
  void permissionsAreSet() throws IOException {
    try (FileSystem files = FileSystem.get(dir.toUri(), configuration())) {
      files.create(path("a")).close();
      files.setPermission(path("a"), new FsPermission((short) 0600));
    }
    assertEquals(List.of("a"), names());
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("a"))));
  }
}
