package io.streamgauge.trident;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.streamgauge.joblib.contract.Plan;
import java.util.List;
import java.util.Map;
import org.apache.storm.generated.Bolt;
import org.apache.storm.generated.GlobalStreamId;
import org.apache.storm.generated.Grouping;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.trident.partition.IdentityGrouping;
import org.apache.storm.utils.Utils;
import org.junit.jupiter.api.Test;

class TopologyTest {
  private static final String SPOUT = "spout-stage-0";

  /** So no tuple is taken apart to find its task; a stage's tasks keep what they have read. */
  @Test
  void tuplesOfASpoutGoToTheTaskOfItsIndex() {
    Plan plan =
        Plan.parse(
            """
            {"contract": 1, "partitions": 3, "parallelism": 2, "guarantee": "exactly-once", "prefix": "p",
             "brokers": {"bootstrap": ["none:1"]}, "topics": {"input": "in", "stages": [], "output": "out"},
             "job": {"name": "j", "stages": [{"name": "a", "do": []}]}}
            """);
    StormTopology topology = Topology.of(plan, Options.of(plan));
    List<Map.Entry<GlobalStreamId, Grouping>> from =
        topology.get_bolts().values().stream()
            .map(Bolt::get_common)
            .flatMap(c -> c.get_inputs().entrySet().stream())
            .filter(i -> i.getKey().get_componentId().equals(SPOUT))
            .filter(i -> i.getValue().is_set_custom_serialized())
            .toList();
    assertEquals(1, from.size());
    byte[] grouping = from.get(0).getValue().get_custom_serialized();
    assertInstanceOf(
        IdentityGrouping.class, Utils.javaDeserialize(grouping, IdentityGrouping.class));
    assertEquals(
        2,
        topology.get_bolts().get(SPOUT).get_common().get_parallelism_hint()); // as many as behind
    assertEquals(2, topology.get_bolts().get("b-0").get_common().get_parallelism_hint());
  }
}
