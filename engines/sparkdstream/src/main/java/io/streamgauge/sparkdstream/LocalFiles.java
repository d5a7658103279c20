package io.streamgauge.sparkdstream;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Files of this machine, for checkpoints. Hadoop without its native library, which no Maven
 * artifact has, starts the program chmod for each file that it makes: four times for each batch,
 * and more where state is written.
 */
public final class LocalFiles extends LocalFileSystem {
  static final String SETTING = "fs.file.impl";

  /** For Hadoop. */
  public LocalFiles() {
    super(new Raw());
  }

  /** Settings of Hadoop that have it. */
  static Configuration configuration() {
    Configuration c = new Configuration();
    c.set(SETTING, LocalFiles.class.getName());
    return c;
  }

  private static final class Raw extends RawLocalFileSystem {
    @Override
    public void setPermission(Path path, FsPermission permission) throws IOException {
      String symbols =
          new FsPermission(
                  permission.getUserAction(),
                  permission.getGroupAction(),
                  permission.getOtherAction())
              .toString();
      Files.setPosixFilePermissions(
          pathToFile(path).toPath(), PosixFilePermissions.fromString(symbols));
    }
  }
}
