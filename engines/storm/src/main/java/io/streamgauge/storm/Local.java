package io.streamgauge.storm;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.storm.Config;
import org.apache.storm.DaemonConfig;
import org.apache.storm.LocalCluster;
import org.apache.storm.generated.Nimbus;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.metricstore.NoOpMetricStore;
import org.apache.storm.shade.org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.storm.shade.org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.storm.thrift.TException;

/**
 * Storm in one process: ZooKeeper, nimbus and a supervisor whose worker shares the process. Its
 * nimbus is asked in the same words as that of a real cluster, so that whoever submits, watches and
 * kills topologies need not know which it is.
 *
 * <p>LocalCluster's own ZooKeeper listens on every interface, on port 2000 or the next one free;
 * this one listens on a port of the loopback interface that the system chooses. All files go below
 * one folder.
 */
final class Local implements Cluster {
  private static final int TICK_MILLIS = 2000;

  // Longer than anything holds up a process: parts of one process cannot die alone, and when all of
  // it was held up, by a crowded machine or on purpose, each would take the others for dead, and
  // nimbus would start the topology anew.
  private static final int PATIENCE_SECS = 1800;
  private static final String TEMPORARY = "java.io.tmpdir";

  private final NIOServerCnxnFactory zooKeeper;
  private final LocalCluster cluster;

  private Local(NIOServerCnxnFactory zooKeeper, LocalCluster cluster) {
    this.zooKeeper = zooKeeper;
    this.cluster = cluster;
  }

  /**
   * Starts the cluster.
   *
   * @param dir for files that need not survive the process; emptied if it is there
   * @param millis how long to try: LocalCluster gives up after 10 s in which its only nimbus has
   *     not become the leader, which on a crowded machine says nothing
   * @throws Exception where it does not come up; nothing is left running then
   */
  static Local start(Path dir, long millis) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    Path data = dir.toAbsolutePath();
    delete(data); // what a process left that was killed
    Files.createDirectories(data);
    System.setProperty(TEMPORARY, data.toString()); // where LocalCluster makes its folders
    NIOServerCnxnFactory zooKeeper = zooKeeper(data.resolve("zookeeper"));
    while (true) {
      try {
        return new Local(zooKeeper, cluster(zooKeeper.getLocalPort()));
      } catch (Exception | LinkageError e) {
        if (!String.valueOf(e.getMessage()).contains("leadership")
            || System.nanoTime() > deadline) {
          zooKeeper.shutdown();
          throw e;
        }
      }
    }
  }

  private static NIOServerCnxnFactory zooKeeper(Path dir) throws IOException, InterruptedException {
    System.setProperty("zookeeper.forceSync", "no"); // nothing of it outlives the process
    System.setProperty(
        "zookeeper.preAllocSize", "1024"); // KB; its 64 MB are for a cluster that lives
    NIOServerCnxnFactory factory = new NIOServerCnxnFactory();
    factory.configure(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    ZooKeeperServer server = new ZooKeeperServer(dir.toFile(), dir.toFile(), TICK_MILLIS);
    server.setMaxSessionTimeout(PATIENCE_SECS * 1000);
    factory.startup(server);
    return factory;
  }

  private static void delete(Path dir) throws IOException {
    if (!Files.exists(dir)) {
      return;
    }
    try (Stream<Path> all = Files.walk(dir)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
  }

  private static LocalCluster cluster(int port) throws Exception {
    return new LocalCluster.Builder()
        .withSupervisors(1)
        .withPortsPerSupervisor(1)
        .withDaemonConf(
            Config.STORM_ZOOKEEPER_SERVERS,
            List.of(InetAddress.getLoopbackAddress().getHostAddress()))
        .withDaemonConf(Config.STORM_ZOOKEEPER_PORT, port)
        .withDaemonConf(Config.STORM_ZOOKEEPER_SESSION_TIMEOUT, PATIENCE_SECS * 1000)
        .withDaemonConf(Config.STORM_ZOOKEEPER_CONNECTION_TIMEOUT, PATIENCE_SECS * 1000)
        .withDaemonConf(DaemonConfig.NIMBUS_TASK_TIMEOUT_SECS, PATIENCE_SECS)
        .withDaemonConf(DaemonConfig.NIMBUS_TASK_LAUNCH_SECS, PATIENCE_SECS)
        .withDaemonConf(DaemonConfig.NIMBUS_SUPERVISOR_TIMEOUT_SECS, PATIENCE_SECS)
        .withDaemonConf(Config.SUPERVISOR_WORKER_TIMEOUT_SECS, PATIENCE_SECS)
        .withDaemonConf(Config.WORKER_MAX_TIMEOUT_SECS, PATIENCE_SECS)
        .withDaemonConf(
            Config.STORM_LOCAL_HOSTNAME, InetAddress.getLoopbackAddress().getHostAddress())
        .withDaemonConf(
            DaemonConfig.STORM_METRIC_STORE_CLASS,
            NoOpMetricStore.class.getName()) // or it unpacks RocksDB
        .withDaemonConf(
            Config.TOPOLOGY_ENABLE_MESSAGE_TIMEOUTS, true) // LocalCluster would turn them off
        .build();
  }

  @Override
  public void submit(String name, Map<String, Object> settings, StormTopology topology)
      throws TException {
    cluster.submitTopology(name, settings, topology);
  }

  @Override
  public Nimbus.Iface nimbus() {
    return cluster;
  }

  /** Ends the workers at once, whatever they do, then the daemons. Takes some seconds. */
  @Override
  public void close() {
    try {
      cluster.close();
    } catch (Exception e) { // folders that could not be deleted, threads that would not end
      throw new IllegalStateException("closing Storm's cluster in this process", e);
    } finally {
      zooKeeper.shutdown();
    }
  }
}
