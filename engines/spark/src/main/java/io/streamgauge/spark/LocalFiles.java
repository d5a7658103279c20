package io.streamgauge.spark;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's local file system without its child processes. Where Hadoop's native library is not
 * installed, as with Spark from plain jars, it runs chmod for each file it creates and readlink
 * around each one it renames: more than ten processes for the files of one batch, which took longer
 * than the batch. Clusters, whose checkpoints are not on a local disk, never see this.
 */
public final class LocalFiles {
  private LocalFiles() {}

  private static final class Raw extends RawLocalFileSystem {
    @Override
    public void setPermission(Path p, FsPermission permission) throws IOException {
      String mode = FsPermission.createImmutable((short) (permission.toShort() & 0777)).toString();
      Files.setPosixFilePermissions(pathToFile(p).toPath(), PosixFilePermissions.fromString(mode));
    }

    @Override
    public boolean supportsSymlinks() {
      return false;
    }

    @Override
    public FileStatus getFileLinkStatus(Path f) throws IOException {
      return getFileStatus(f); // no links in a checkpoint
    }
  }

  /** For {@code fs.file.impl}. */
  public static final class Old extends LocalFileSystem {
    public Old() {
      super(new Raw());
      setWriteChecksum(false); // Spark checks the files of checkpoints itself
      setVerifyChecksum(false);
    }
  }

  /** For {@code fs.AbstractFileSystem.file.impl}. */
  public static final class New extends DelegateToFileSystem {
    public New(URI uri, Configuration conf) throws IOException, java.net.URISyntaxException {
      super(uri, new Raw(), conf, "file", false);
    }
  }
}
