package io.streamgauge.joblib.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * All an engine needs to do its job in one trial. Times are ms. Serializable by its JSON text, so
 * that workers of a cluster get the whole of it.
 */
public final class Plan implements Serializable {
  private static final long serialVersionUID = 1;

  /** The version of the contract that this library speaks. */
  public static final int CONTRACT = 1;

  private static final List<String> UNDERSTOOD =
      List.of("job", "guarantee", "limits", "topics", "options", "deploy", "store");

  private final String json;
  private transient JsonNode root;
  private transient Job job;

  private Plan(String json) {
    this.json = json;
  }

  /**
   * Reads a plan file.
   *
   * @throws IOException where it cannot be read
   * @throws IllegalArgumentException for a contract or a required field that this library does not
   *     know
   */
  public static Plan read(Path file) throws IOException {
    return parse(Files.readString(file));
  }

  /** Reads the text of a plan. */
  public static Plan parse(String json) {
    Plan p = new Plan(json);
    if (p.root().path("contract").asInt() != CONTRACT) {
      throw new IllegalArgumentException(
          "the plan has contract " + p.root().path("contract") + "; this engine speaks 1");
    }
    for (JsonNode field : p.root().path("require")) {
      if (!UNDERSTOOD.contains(field.asText())) {
        throw new IllegalArgumentException(
            "the plan requires \"" + field.asText() + "\", which this engine does not understand");
      }
    }
    p.check();
    return p;
  }

  /** A plan of the harness is whole; this catches one that was written by hand. */
  private void check() {
    int stages = job().stages().size();
    if (stages == 0 || root().path("topics").path("stages").size() != stages - 1) {
      throw new IllegalArgumentException(
          "the plan has " + stages + " stages; want 1 or more, and a topic between two");
    }
    if (partitions() < 1) {
      throw new IllegalArgumentException("the plan has no partitions");
    }
    String guarantee = text("guarantee");
    if (!guarantee.equals("at-least-once") && !guarantee.equals("exactly-once")) {
      throw new IllegalArgumentException(
          "the plan has the unknown guarantee \"" + guarantee + "\"");
    }
  }

  /** The plan's text, for shipping it. */
  public String json() {
    return json;
  }

  private synchronized JsonNode root() {
    if (root == null) {
      try {
        root = new ObjectMapper().readTree(json);
      } catch (IOException e) {
        throw new IllegalArgumentException("the plan is not JSON", e);
      }
    }
    return root;
  }

  /** The job. */
  public synchronized Job job() {
    if (job == null) {
      job = Job.of(root().path("job"));
    }
    return job;
  }

  private String text(String field) {
    return root().path(field).asText();
  }

  private long number(String field) {
    return root().path(field).asLong();
  }

  /** The engine's name. */
  public String engine() {
    return text("engine");
  }

  /** The engine's label in the scenario, unique in a block. */
  public String instance() {
    return text("instance");
  }

  /** 1, and one more for each restart with the same state. */
  public int incarnation() {
    return (int) number("incarnation");
  }

  /** Addresses of Kafka, joined by commas. */
  public String bootstrap() {
    return String.join(",", texts(root().path("brokers").path("bootstrap")));
  }

  /** A Java client.properties file with TLS and SASL settings; null where none is needed. */
  public String securityFile() {
    String file = root().path("brokers").path("security_file").asText();
    return file.isEmpty() ? null : file;
  }

  /** The topic that a stage (from 0) reads. */
  public String stageInput(int stage) {
    JsonNode topics = root().path("topics");
    return stage == 0
        ? topics.path("input").asText()
        : topics.path("stages").path(stage - 1).asText();
  }

  /** The topic that a stage (from 0) writes its results to. */
  public String stageOutput(int stage) {
    JsonNode topics = root().path("topics");
    boolean last = stage == job().stages().size() - 1;
    return last ? topics.path("output").asText() : topics.path("stages").path(stage).asText();
  }

  /** The topic for dead letters of all stages. */
  public String deadLetters() {
    return root().path("topics").path("deadletter").asText();
  }

  /** The device registry. */
  public String registry() {
    return root().path("topics").path("registry").asText();
  }

  /** Partitions of every topic. */
  public int partitions() {
    return (int) number("partitions");
  }

  /** Begins the name of every group, transactional id and internal topic. */
  public String prefix() {
    return text("prefix");
  }

  /** Whether exactly-once is asked for; otherwise at-least-once. */
  public boolean exactlyOnce() {
    return text("guarantee").equals("exactly-once");
  }

  /** Between two commits: transactions, checkpoints, offsets. */
  public long commitIntervalMillis() {
    return number("commit_interval_ms");
  }

  /** Between the starts of two batches, for micro-batch engines. */
  public long batchIntervalMillis() {
    return number("batch_interval_ms");
  }

  /** Tasks of each stage, at least 1. */
  public int parallelism() {
    return Math.max(1, (int) number("parallelism"));
  }

  /** Lowest event time that is no error, ms since the Unix epoch. */
  public long eventTimeMin() {
    return number("event_time_min");
  }

  /** Highest event time that is no error, ms since the Unix epoch. */
  public long eventTimeMax() {
    return number("event_time_max");
  }

  /** From the end of standard input to the end of the process. */
  public long stopMillis() {
    return root().path("deadlines").path("stop_ms").asLong();
  }

  /** From the start to ready. */
  public long readyMillis() {
    return root().path("deadlines").path("ready_ms").asLong();
  }

  /** From the drain line to stopped. */
  public long drainMillis() {
    return root().path("deadlines").path("drain_ms").asLong();
  }

  /** Largest record that may come, in bytes. */
  public long maxRecordBytes() {
    return root().path("limits").path("max_record_bytes").asLong();
  }

  /** Heap that the user gives to what does the work, in bytes; 0: the engine's default. */
  public long heapBytes() {
    return root().path("limits").path("heap_bytes").asLong();
  }

  /**
   * {@code transaction.timeout.ms} of every engine: max(10 s, 3 × the time between two commits or
   * batches).
   */
  public long transactionTimeoutMillis() {
    return Math.max(10_000, 3 * Math.max(commitIntervalMillis(), batchIntervalMillis()));
  }

  /** The engine's own settings; a missing node where there are none. */
  public JsonNode options() {
    return root().path("options");
  }

  /** Whether the work is to be done on a cluster, with this process as its client. */
  public boolean onCluster() {
    return root().path("deploy").isObject();
  }

  /** Whether that cluster was started for this plan alone, on this machine. */
  public boolean onOwnCluster() {
    return root().path("deploy").path("kind").asText().equals("cluster");
  }

  /**
   * An address of the cluster, by its name in the engine's descriptor.
   *
   * @throws IllegalArgumentException where the plan has none of that name
   */
  public String address(String name) {
    String address = root().path("deploy").path("addresses").path(name).asText();
    if (address.isEmpty()) {
      throw new IllegalArgumentException("the plan has no address \"" + name + "\" in deploy");
    }
    return address;
  }

  /** The folder with the files of a cluster that was started for this plan; null without one. */
  public Path clusterHome() {
    String home = root().path("deploy").path("home").asText();
    return home.isEmpty() ? null : Path.of(home);
  }

  /** The folder with the messages that records refer to; null where the trial has none. */
  public Path store() {
    String folder = root().path("store").path("folder").asText();
    return folder.isEmpty() ? null : Path.of(folder);
  }

  /** A folder for state: empty at a trial's start, survives restarts. */
  public Path stateDir() {
    return Path.of(text("state_dir"));
  }

  /** A folder for logs. */
  public Path logDir() {
    return Path.of(text("log_dir"));
  }

  static List<String> texts(JsonNode array) {
    List<String> list = new ArrayList<>();
    array.forEach(n -> list.add(n.asText()));
    return list;
  }
}
