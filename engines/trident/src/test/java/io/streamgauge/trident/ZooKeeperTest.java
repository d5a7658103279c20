package io.streamgauge.trident;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.storm.Config;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.trident.operation.TridentCollector;
import org.apache.storm.trident.spout.IPartitionedTridentSpout;
import org.apache.storm.trident.spout.ISpoutPartition;
import org.apache.storm.trident.spout.PartitionedTridentSpoutExecutor;
import org.apache.storm.trident.topology.TransactionAttempt;
import org.apache.storm.trident.topology.state.RotatingTransactionalState;
import org.apache.storm.trident.topology.state.TransactionalState;
import org.apache.storm.tuple.Fields;
import org.apache.storm.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZooKeeperTest {
  @TempDir Path dir;

  private static TransactionalState state(ZooKeeper zookeeper) {
    return TransactionalState.newUserState(conf(zookeeper), "stage-0");
  }

  private static Map<String, Object> conf(ZooKeeper zookeeper) {
    Map<String, Object> conf = new HashMap<>(Utils.readDefaultConfig());
    conf.put(Config.STORM_ZOOKEEPER_SERVERS, List.of("127.0.0.1"));
    conf.put(Config.STORM_ZOOKEEPER_PORT, zookeeper.port());
    return conf;
  }

  /**
   * A copy of the folder, as it is while the first ZooKeeper still runs, is what a kill leaves
   * behind.
   */
  @Test
  void whatWasWrittenIsThereAfterAKill() throws Exception {
    Path killed = dir.resolve("killed");
    TransactionalState before = state(new ZooKeeper(dir.resolve("first"), false));
    before.setData("partition/41", Map.of("first_offset", 7L));
    copy(dir.resolve("first"), killed);
    TransactionalState after = state(new ZooKeeper(killed, false));
    assertEquals(Map.of("first_offset", 7), after.getData("partition/41"));
    assertNull(after.getData("partition/42"));
    before.close();
    after.close();
  }

  private static void copy(Path from, Path to) throws Exception {
    try (var all = Files.walk(from)) {
      for (Path p : all.toList()) {
        Files.copy(p, to.resolve(from.relativize(p).toString()));
      }
    }
  }

  private record Partition(String getId) implements ISpoutPartition {}

  /**
   * The metadata of a batch are written partition by partition. Killed in between, Trident's
   * executor asks for the partition without metadata to be emitted again all the same, and Storm's
   * emitter fails on that, at every start: see ReplayTest.
   */
  @Test
  void aKillBetweenThePartitionsOfABatchAsksForOneWithoutMetadata() throws Exception {
    ZooKeeper zookeeper = new ZooKeeper(dir, false);
    TransactionalState state = state(zookeeper);
    new RotatingTransactionalState(state, "p0").overrideState(5, "meta of p0");
    List<String> asked = new ArrayList<>();
    var emitter = emitter(zookeeper, new Spout(asked, new Progress(0, 2)));
    emitter.emitBatch(new TransactionAttempt(5L, 1), "p0 p1", null);
    asked.sort(null);
    assertEquals(List.of("p0: meta of p0", "p1: null"), asked);
    emitter.close();
    state.close();
  }

  /**
   * What is behind such a batch: the batch is through, and the next one, in this life or another,
   * goes on behind the last metadata that the partition has.
   */
  @Test
  void aPartitionWithoutMetadataGoesOnWhereItWas() throws Exception {
    ZooKeeper zookeeper = new ZooKeeper(dir, false);
    TransactionalState state = state(zookeeper);
    new RotatingTransactionalState(state, "p0").overrideState(4, "p0 4");
    new RotatingTransactionalState(state, "p0").overrideState(5, "p0 5");
    new RotatingTransactionalState(state, "p1").overrideState(4, "p1 4");
    List<String> asked = new ArrayList<>();
    var killed = emitter(zookeeper, new Spout(asked, new Progress(0, 2)));
    killed.emitBatch(new TransactionAttempt(5L, 1), "p0 p1", null);
    killed.success(new TransactionAttempt(5L, 1));
    killed.close();
    asked.clear();
    var emitter = emitter(zookeeper, new Spout(asked, new Progress(0, 2)));
    emitter.emitBatch(new TransactionAttempt(6L, 0), "p0 p1", null);
    emitter.success(new TransactionAttempt(6L, 0));
    emitter.emitBatch(new TransactionAttempt(7L, 0), "p0 p1", null);
    asked.sort(null);
    assertEquals(
        List.of("p0: behind p0 5", "p0: behind p0 6", "p1: behind p1 4", "p1: behind p1 6"), asked);
    assertEquals(List.of("6", "7"), state.list("p1").stream().sorted().toList());
    emitter.close();
    state.close();
  }

  private static StageSpout.Keeper emitter(ZooKeeper zookeeper, Spout spout) {
    var executor = new PartitionedTridentSpoutExecutor(spout);
    return new StageSpout.Keeper(
        executor.getEmitter("stage-0", conf(zookeeper), ReplayTest.context()), spout.progress);
  }

  /** Writes down what it is asked for, and does with a partition without metadata as ours does. */
  private record Spout(List<String> asked, Progress progress)
      implements IPartitionedTridentSpout<Object, ISpoutPartition, Object> {
    @Override
    public Coordinator<Object> getCoordinator(Map<String, Object> conf, TopologyContext context) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Emitter<Object, ISpoutPartition, Object> getEmitter(
        Map<String, Object> conf, TopologyContext context) {
      return new Emitter<>() {
        @Override
        public List<ISpoutPartition> getOrderedPartitions(Object all) {
          return List.of(new Partition("p0"), new Partition("p1"));
        }

        @Override
        public Map<ISpoutPartition, Object> emitBatchNew(
            TransactionAttempt tx,
            TridentCollector collector,
            Set<ISpoutPartition> partitions,
            Map<ISpoutPartition, Object> before) {
          Map<ISpoutPartition, Object> metas = new HashMap<>();
          for (ISpoutPartition p : partitions) {
            asked.add(p.getId() + ": behind " + before.get(p));
            metas.put(p, p.getId() + " " + tx.getTransactionId());
          }
          return metas;
        }

        @Override
        public void refreshPartitions(List<ISpoutPartition> partitions) {}

        @Override
        public void reEmitPartitionBatch(
            TransactionAttempt tx, TridentCollector collector, ISpoutPartition p, Object meta) {
          asked.add(p.getId() + ": " + meta);
          if (meta == null) {
            progress.incomplete(tx.getTransactionId());
          }
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public Map<String, Object> getComponentConfiguration() {
      return Map.of();
    }

    @Override
    public Fields getOutputFields() {
      return new Fields("record");
    }
  }
}
