package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Plan;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.storm.Config;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutBatchMetadata;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutTopicPartition;
import org.apache.storm.shade.org.apache.zookeeper.KeeperException;
import org.apache.storm.trident.topology.state.TransactionalState;
import org.apache.storm.utils.Utils;

/**
 * How far the streams of a topology in other processes have come: what Trident keeps of them in
 * ZooKeeper. Below the plan's root each stream has
 *
 * <pre>
 *   stage-0/coordinator/currtx         the transaction id that is not acknowledged yet; all below it are
 *   stage-0/user/TOPIC@PARTITION/TXID  the offsets of a partition's part of a batch
 * </pre>
 */
final class Offsets extends TransactionalState {
  // A root of Storm's own has three parts, and the first may not be empty.
  private static final String PARENT = "/streamgauge";
  private static final String ENGINE = "trident";
  private static final String TOPOLOGIES = "topologies";

  private final Plan plan;

  /**
   * Connects to ZooKeeper.
   *
   * @param conf the cluster's settings
   */
  Offsets(Plan plan, Map<String, Object> conf) {
    super(rooted(conf), ENGINE, TOPOLOGIES);
    this.plan = plan;
  }

  private static Map<String, Object> rooted(Map<String, Object> conf) {
    Map<String, Object> m = new HashMap<>(conf);
    m.put(Config.TRANSACTIONAL_ZOOKEEPER_ROOT, PARENT);
    return m;
  }

  /** The root of Trident's data on a cluster, where topologies of others have theirs. */
  static String root(Plan plan) {
    return String.join("/", PARENT, ENGINE, TOPOLOGIES, plan.prefix());
  }

  private String path(int stage, String part) {
    return plan.prefix() + "/" + Topology.stream(stage) + "/" + part;
  }

  /** The first transaction id of a stage that is not acknowledged. */
  long current(int stage) {
    return getData(path(stage, "coordinator/currtx")) instanceof Number n ? n.longValue() : 1;
  }

  /** By partition of a stage's topic, the offset behind the last batch that is acknowledged. */
  Map<TopicPartition, Long> acknowledged(int stage) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    long current = current(stage);
    for (int p = 0; p < plan.partitions(); p++) {
      TopicPartition partition = new TopicPartition(plan.stageInput(stage), p);
      String dir = path(stage, "user/" + new KafkaTridentSpoutTopicPartition(partition).getId());
      list(dir).stream()
          .map(Long::valueOf)
          .filter(txid -> txid < current)
          .max(Long::compare)
          .map(txid -> next(dir + "/" + txid))
          .ifPresent(next -> offsets.put(partition, next));
    }
    return offsets;
  }

  /** The offset behind a batch; null where its data are gone, since a later one has them. */
  @SuppressWarnings("unchecked") // JSON: names and values
  private Long next(String path) {
    try {
      return getData(path) instanceof Map<?, ?> m
          ? KafkaTridentSpoutBatchMetadata.fromMap((Map<String, Object>) m).getLastOffset() + 1
          : null;
    } catch (RuntimeException e) {
      if (Utils.exceptionCauseIsInstanceOf(KeeperException.NoNodeException.class, e)) {
        return null; // gone after Storm's look whether it is there
      }
      throw e;
    }
  }

  /**
   * Removes all data of the plan: nothing will go on from them. A worker may outlive its topology
   * for seconds and write meanwhile.
   *
   * @throws RuntimeException where it still does after so long
   */
  void remove(long millis) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (true) {
      try {
        remove(plan.prefix());
        return;
      } catch (RuntimeException e) {
        if (!crossed(e) || System.nanoTime() > deadline) {
          throw e;
        }
      }
    }
  }

  /** Whether somebody has written below what was being removed, or removed it. */
  private static boolean crossed(RuntimeException e) {
    return Utils.exceptionCauseIsInstanceOf(KeeperException.NotEmptyException.class, e)
        || Utils.exceptionCauseIsInstanceOf(KeeperException.NoNodeException.class, e);
  }

  private void remove(String path) {
    for (String child : list(path)) {
      remove(path + "/" + child);
    }
    delete(path);
  }
}
