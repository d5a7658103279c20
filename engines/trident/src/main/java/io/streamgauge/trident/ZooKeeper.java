package io.streamgauge.trident;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.storm.shade.org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.storm.shade.org.apache.zookeeper.server.ZooKeeperServer;

/**
 * A ZooKeeper in this process that keeps its data in a folder. Trident's transaction ids and the
 * offsets of its batches are in ZooKeeper; the one LocalCluster brings keeps them in a temporary
 * folder and listens on all interfaces.
 */
final class ZooKeeper {
  /** How long a client may be silent: the process may have to wait for cores. */
  static final int SESSION_MILLIS = 120_000;

  private static final int TICK_MILLIS = SESSION_MILLIS / 20; // a session lasts 20 ticks at most
  private static final int LOG_KIB = 1024; // the log grows by so much; 64 MiB otherwise

  private final NIOServerCnxnFactory clients = new NIOServerCnxnFactory();

  /**
   * Starts it on a free port of the loopback interface.
   *
   * @param sync whether its log is forced to the disk; otherwise it survives the process, not the
   *     machine
   */
  ZooKeeper(Path folder, boolean sync) throws IOException, InterruptedException {
    System.setProperty("zookeeper.forceSync", sync ? "yes" : "no");
    System.setProperty("zookeeper.preAllocSize", Integer.toString(LOG_KIB));
    Files.createDirectories(folder);
    clients.configure(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    clients.startup(new ZooKeeperServer(folder.toFile(), folder.toFile(), TICK_MILLIS));
  }

  int port() {
    return clients.getLocalPort();
  }
}
