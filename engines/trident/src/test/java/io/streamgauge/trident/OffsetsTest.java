package io.streamgauge.trident;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.storm.Config;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutBatchMetadata;
import org.apache.storm.trident.topology.state.TransactionalState;
import org.apache.storm.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Trident's own classes write below a topology's root is found, on a real ZooKeeper. */
class OffsetsTest {
  private static final String STAGE = "stage-0";

  @TempDir Path dir;

  private Plan plan() {
    return Plan.parse(
        "{\"contract\":1,\"partitions\":2,\"guarantee\":\"at-least-once\",\"prefix\":\"sg-p\",\"state_dir\":\""
            + dir
            + "\",\"topics\":{\"input\":\"in\",\"stages\":[],\"output\":\"out\",\"registry\":\"\"},"
            + "\"job\":{\"name\":\"j\",\"stages\":[{\"name\":\"a\",\"do\":[{\"dedupe\":{\"span\":64}}]}]}}");
  }

  private Map<String, Object> conf() throws Exception {
    Map<String, Object> conf = new HashMap<>(Utils.readDefaultConfig());
    conf.put(Config.STORM_ZOOKEEPER_SERVERS, List.of("127.0.0.1"));
    conf.put(Config.STORM_ZOOKEEPER_PORT, new ZooKeeper(dir, false).port());
    return conf;
  }

  private static Map<String, Object> batch(long first, long last) {
    return new KafkaTridentSpoutBatchMetadata(first, last, "t").toMap();
  }

  @Test
  void onlyAcknowledgedBatchesCount() throws Exception {
    Plan plan = plan();
    Map<String, Object> conf = conf();
    Map<String, Object> topology = new HashMap<>(conf);
    topology.put(Config.TRANSACTIONAL_ZOOKEEPER_ROOT, Offsets.root(plan));
    TransactionalState coordinator = TransactionalState.newCoordinatorState(topology, STAGE);
    TransactionalState user = TransactionalState.newUserState(topology, STAGE);
    Offsets offsets = new Offsets(plan, conf);
    assertEquals(1, offsets.current(0));
    assertEquals(Map.of(), offsets.acknowledged(0));

    coordinator.setData("currtx", 11L);
    user.setData("in@0/9", batch(0, 4));
    user.setData("in@0/10", batch(5, 6));
    user.setData("in@0/11", batch(7, 8)); // under way
    assertEquals(11, offsets.current(0));
    assertEquals(Map.of(new TopicPartition("in", 0), 7L), offsets.acknowledged(0));

    offsets.remove(0);
    assertEquals(1, offsets.current(0));
    assertEquals(Map.of(), offsets.acknowledged(0));
    offsets.close();
    coordinator.close();
    user.close();
  }
}
