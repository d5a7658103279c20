package io.streamgauge.sparkdstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFilesTest {
  @Test
  void setsPermissions(@TempDir Path dir) throws Exception {
    Path file = Files.createFile(dir.resolve("f"));
    try (FileSystem files = FileSystem.newInstance(dir.toUri(), LocalFiles.configuration())) {
      assertInstanceOf(LocalFiles.class, files);
      org.apache.hadoop.fs.Path name = new org.apache.hadoop.fs.Path(file.toUri());
      files.setPermission(name, new FsPermission((short) 01740));
      assertEquals("rwxr-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
      assertEquals(0, files.getFileStatus(name).getLen());
    }
  }
}
