package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Stage;
import java.util.List;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;

/**
 * The topology of a job: for each stage a spout that reads its topic and a bolt that does its work
 * and writes; a stage with windows has a second bolt. Between two stages is Kafka alone.
 *
 * <p>Tuples are grouped by Kafka's partition, which the device's key chose: so a bolt task has all
 * of a device's events, in the order of their offsets, and what it remembers of the partition is of
 * use.
 */
final class Topology {
  private Topology() {}

  static StormTopology of(Plan plan, List<Stage> stages, Options options) {
    TopologyBuilder builder = new TopologyBuilder();
    for (Stage stage : stages) {
      add(builder, plan, stage, options);
    }
    return builder.createTopology();
  }

  private static void add(TopologyBuilder builder, Plan plan, Stage stage, Options options) {
    int i = stage.index();
    int tasks = Settings.tasks(plan);
    Fields partition = new Fields(RecordFields.PARTITION);
    String spout = component(stage, "spout");
    String bolt = component(stage, "bolt");
    builder.setSpout(spout, Source.spout(plan, i, options), tasks);
    if (stage.stateless()) {
      builder.setBolt(bolt, new StageBolt(plan, i), tasks).fieldsGrouping(spout, partition);
    } else {
      builder.setBolt(bolt, ordered(plan, stage, options), tasks).fieldsGrouping(spout, partition);
    }
    if (stage.window() != null) {
      // A task for each partition, which has a clock of its own: fields grouping keeps them apart.
      builder
          .setBolt(component(stage, "windows"), new WindowBolt(plan, i, stage, options), tasks)
          .setNumTasks(plan.partitions())
          .fieldsGrouping(bolt, ClockBolt.WINDOWED, partition);
    }
  }

  private static OrderedBolt ordered(Plan plan, Stage stage, Options options) {
    if (stage.dedupe() != null) {
      return new DedupeBolt(plan, stage.index(), options);
    }
    if (stage.detect() != null) {
      return new DetectBolt(plan, stage.index(), options);
    }
    if (stage.aggregation() != null) {
      return new AggregateBolt(plan, stage.index(), options);
    }
    if (stage.messages() != null) {
      return new MessageBolt(plan, stage.index(), options);
    }
    return new ClockBolt(plan, stage.index(), options);
  }

  private static String component(Stage stage, String part) {
    return stage.index() + "-" + stage.name() + "-" + part;
  }
}
