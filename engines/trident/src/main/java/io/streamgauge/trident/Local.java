package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Plan;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.storm.Config;
import org.apache.storm.DaemonConfig;
import org.apache.storm.LocalCluster;
import org.apache.storm.generated.StormTopology;

/**
 * Storm in this process: ZooKeeper, Nimbus, a supervisor and its worker. Not to be closed:
 * LocalCluster takes seconds for it, and what counts is in Kafka, in ZooKeeper's folder and in the
 * state's, whenever the process ends.
 */
final class Local {
  private static final String LOOPBACK = InetAddress.getLoopbackAddress().getHostAddress();

  /**
   * After which Storm takes a part of itself for dead. All parts live in this process, which may
   * have to wait for cores.
   */
  private static final List<String> TIMEOUTS =
      List.of(
          Config.SUPERVISOR_WORKER_TIMEOUT_SECS,
          DaemonConfig.SUPERVISOR_WORKER_START_TIMEOUT_SECS,
          DaemonConfig.NIMBUS_TASK_TIMEOUT_SECS,
          DaemonConfig.NIMBUS_TASK_LAUNCH_SECS,
          DaemonConfig.NIMBUS_SUPERVISOR_TIMEOUT_SECS);

  private static final int PATIENCE_SECONDS = 600;

  private final LocalCluster cluster;
  private final Map<String, Object> config;

  Local(Plan plan, Options options) throws Exception {
    ZooKeeper zookeeper =
        new ZooKeeper(plan.stateDir().resolve("zookeeper"), options.zookeeperSync());
    config = Topology.config(plan, options);
    cluster =
        new LocalCluster.Builder()
            .withSupervisors(1)
            .withPortsPerSupervisor(1)
            .withDaemonConf(daemons(plan, zookeeper.port()))
            .build();
  }

  private static Map<String, Object> daemons(Plan plan, int port) {
    Map<String, Object> m = new HashMap<>();
    m.put(Config.STORM_ZOOKEEPER_SERVERS, List.of(LOOPBACK));
    m.put(Config.STORM_ZOOKEEPER_PORT, port);
    m.put(Config.STORM_LOCAL_HOSTNAME, LOOPBACK);
    // What Nimbus knew of the topology of a former life is not to be found; Trident's own data have
    // a root beside it.
    m.put(Config.STORM_ZOOKEEPER_ROOT, "/storm-" + plan.incarnation());
    m.put(Config.STORM_ZOOKEEPER_SESSION_TIMEOUT, ZooKeeper.SESSION_MILLIS);
    m.put(DaemonConfig.SUPERVISOR_MONITOR_FREQUENCY_SECS, 1); // how soon the worker starts
    for (String timeout : TIMEOUTS) {
      m.put(timeout, PATIENCE_SECONDS);
    }
    return m;
  }

  void submit(StormTopology topology) throws Exception {
    cluster.submitTopology("trident", config, topology);
  }
}
