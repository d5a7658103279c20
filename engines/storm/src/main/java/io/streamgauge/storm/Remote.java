package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import java.io.File;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.storm.Config;
import org.apache.storm.StormSubmitter;
import org.apache.storm.generated.ExecutorSummary;
import org.apache.storm.generated.GetInfoOptions;
import org.apache.storm.generated.KillOptions;
import org.apache.storm.generated.Nimbus;
import org.apache.storm.generated.NotAliveException;
import org.apache.storm.generated.NumErrorsChoice;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.generated.TopologyInfo;
import org.apache.storm.generated.TopologySummary;
import org.apache.storm.shade.net.minidev.json.JSONValue;
import org.apache.storm.thrift.TException;
import org.apache.storm.utils.NimbusClient;
import org.apache.storm.utils.NimbusLeaderNotFoundException;
import org.apache.storm.utils.Utils;

/**
 * A Storm cluster of other processes: this one is its client, as {@code storm jar} is. A topology
 * is submitted with the jars of the adapter that Storm does not bring, and its workers get the plan
 * and the settings with it.
 */
public final class Remote implements Cluster {
  private static final String NIMBUS = "nimbus"; // the address in the plan
  private static final long LOOK_MILLIS = 200;

  /**
   * Beginnings of the names of jars that a worker is sent; all others on the adapter's class path
   * are Storm's own.
   */
  private static final List<String> SENT =
      List.of(
          "trident-",
          "storm-1",
          "joblib-",
          "hash4j-",
          "storm-kafka-client-",
          "kafka-clients-",
          "jackson-",
          "lz4-",
          "snappy-",
          "zstd-");

  private final NimbusClient client;

  private Remote(NimbusClient client) {
    this.client = client;
  }

  /** The name of the plan's topology, which may not have all characters that a prefix may have. */
  public static String name(Plan plan) {
    return plan.prefix().replaceAll("[^A-Za-z0-9_-]", "-");
  }

  /**
   * Connects to the nimbus that leads, of those that the plan names. One that has just been started
   * leads after some seconds.
   *
   * @throws NimbusLeaderNotFoundException where none of them does
   */
  public static Remote of(Plan plan) {
    System.setProperty("storm.options", options(seeds(plan.address(NIMBUS)))); // as `storm -c` does
    Map<String, Object> conf = Utils.readStormConfig();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.readyMillis());
    while (true) {
      try {
        return new Remote(NimbusClient.Builder.withConf(conf).build());
      } catch (NimbusLeaderNotFoundException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        Utils.sleep(LOOK_MILLIS);
      }
    }
  }

  /** Settings in the form in which Storm's clients take them from a command line. */
  static String options(Map<String, Object> settings) {
    return settings.entrySet().stream()
        .map(e -> e.getKey() + "=" + JSONValue.toJSONString(e.getValue()))
        .map(option -> URLEncoder.encode(option, StandardCharsets.UTF_8))
        .collect(Collectors.joining(","));
  }

  /** Storm's settings for HOST:PORT with commas between; Storm has one port for all of them. */
  static Map<String, Object> seeds(String addresses) {
    List<String> hosts = new ArrayList<>();
    Integer port = null;
    for (String address : addresses.split(",")) {
      int colon = address.lastIndexOf(':');
      if (colon < 1 || !address.substring(colon + 1).matches("\\d{1,5}")) {
        throw new IllegalArgumentException(
            "the address nimbus is " + addresses + "; want HOST:PORT with commas between");
      }
      int own = Integer.parseInt(address.substring(colon + 1));
      if (port != null && port != own) {
        throw new IllegalArgumentException(
            "the address nimbus is " + addresses + "; Storm has one port for every nimbus");
      }
      port = own;
      hosts.add(address.substring(0, colon));
    }
    return Map.of(Config.NIMBUS_SEEDS, hosts, Config.NIMBUS_THRIFT_PORT, port);
  }

  @Override
  public void submit(String name, Map<String, Object> settings, StormTopology topology)
      throws TException {
    List<String> jars =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(Remote::sent)
            .toList();
    System.setProperty("storm.jar", jars.get(0));
    System.setProperty("storm.dependency.jars", String.join(",", jars.subList(1, jars.size())));
    StormSubmitter.submitTopology(name, settings, topology);
  }

  static boolean sent(String jar) {
    return SENT.stream().anyMatch(new File(jar).getName()::startsWith);
  }

  @Override
  public Nimbus.Iface nimbus() {
    return client.getClient();
  }

  /** The cluster's own settings, as its nimbus tells them: where its ZooKeeper is, for instance. */
  public Map<String, Object> settings() throws TException {
    return Utils.parseJson(nimbus().getNimbusConf());
  }

  /** Whether a worker runs each executor of a topology. */
  public boolean running(String name) throws TException {
    List<ExecutorSummary> executors = nimbus().getTopologyInfoByName(name).get_executors();
    return !executors.isEmpty() && executors.stream().allMatch(e -> e.get_uptime_secs() > 0);
  }

  /**
   * Kills a topology, if it is there, and waits until its name is free: what a client has left that
   * was killed itself, or what has come to its end.
   *
   * @throws IllegalStateException where it stays
   */
  public void kill(String name, long millis) throws TException {
    KillOptions now = new KillOptions();
    now.set_wait_secs(0);
    try {
      nimbus().killTopologyWithOpts(name, now);
    } catch (NotAliveException e) {
      return;
    }
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (there(name)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "the topology " + name + " is still there " + millis + " ms after it was killed");
      }
      Utils.sleep(LOOK_MILLIS);
    }
  }

  /** The first error that a task of a topology has reported, as text; null where there is none. */
  public static String error(Nimbus.Iface nimbus, String name) throws TException {
    GetInfoOptions errors = new GetInfoOptions();
    errors.set_num_err_choice(NumErrorsChoice.ONE);
    TopologyInfo info = nimbus.getTopologyInfoByNameWithOpts(name, errors);
    return info.get_errors().entrySet().stream()
        .flatMap(c -> c.getValue().stream().map(e -> c.getKey() + ": " + cause(e.get_error())))
        .findFirst()
        .orElse(null);
  }

  /** The message of a stack trace. */
  static String cause(String trace) {
    return trace.lines().findFirst().orElse("").replaceFirst("^[\\w.]*\\.(\\w+: )", "$1");
  }

  private boolean there(String name) throws TException {
    return nimbus().getTopologySummaries().stream()
        .map(TopologySummary::get_name)
        .anyMatch(name::equals);
  }

  @Override
  public void close() {
    client.close();
  }
}
