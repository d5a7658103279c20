package io.streamgauge.joblib.operator;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.regex.Pattern;

/**
 * Messages that records refer to, in a folder: one file an object.
 *
 * @param folder null: there are none
 */
record ObjectStore(Path folder) {
  private static final int LONGEST = 200;

  /** So no name leads out of the folder, and none is that of a file still being written. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9-]+(/[a-z0-9-]+)*");

  /**
   * Opens an object; null where there is none, also for a name that is none.
   *
   * @throws IOException where nobody can say whether there is one
   */
  InputStream open(String name) throws IOException {
    if (folder == null || name.length() > LONGEST || !NAME.matcher(name).matches()) {
      return null;
    }
    Path file = folder.resolve(name);
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()
          ? Files.newInputStream(file)
          : null;
    } catch (NoSuchFileException e) {
      return null;
    } catch (FileSystemException e) {
      if (belowAFile(file)) {
        return null;
      }
      throw e;
    }
  }

  /** Whether an object lies where a name has a folder. */
  private boolean belowAFile(Path file) {
    for (Path p = file.getParent(); !p.equals(folder); p = p.getParent()) {
      if (Files.isRegularFile(p)) {
        return true;
      }
    }
    return false;
  }
}
