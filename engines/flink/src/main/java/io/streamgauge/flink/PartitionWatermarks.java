package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Makes the watermark of each partition part of a checkpoint. After a restart the source knows that
 * of a partition only when an event of it comes. From a partition that has been read to its end
 * none comes, and no window would ever close again. This operator stands behind the source, in the
 * same task. It remembers how far each partition had come, and says the lowest of those that its
 * task reads as soon as the task begins.
 *
 * <p>Which these are, the checkpoint tells: with the parallelism of before, Flink gives each task
 * its own partitions back. It tells of all of them where each partition of the topic had an event,
 * or where a task has its full share: Flink deals them out evenly. One that had none yet is waited
 * for. With another parallelism nothing is known, and the source's own watermarks go on as they
 * come.
 */
final class PartitionWatermarks extends AbstractStreamOperator<Arrival>
    implements OneInputStreamOperator<Arrival, Arrival> {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;
  private transient ListState<long[]> state; // tasks, task, partition, watermark
  private transient Map<Integer, Partition> partitions; // of this task, as far as they are known
  private transient boolean restored; // some of them are, by a checkpoint
  private transient boolean known; // all of them are
  private transient long said;

  PartitionWatermarks(Plan plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    partitions = new HashMap<>();
    said = Long.MIN_VALUE;
    state =
        context
            .getOperatorStateStore()
            .getUnionListState(
                new ListStateDescriptor<>(
                    "partitions", PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO));
    Set<Long> all = new HashSet<>();
    for (long[] entry : state.get()) {
      all.add(entry[2]);
      if (entry[0] == tasks() && entry[1] == task()) {
        partition((int) entry[2]).watermark = entry[3];
      }
    }
    restored = !partitions.isEmpty();
    known = restored && (all.size() == plan.partitions() || share());
  }

  /** Whether they are the share of a task, where partitions can be dealt out evenly. */
  private boolean share() {
    return tasks() * partitions.size() == plan.partitions();
  }

  private long tasks() {
    return getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
  }

  private long task() {
    return getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
  }

  @Override
  public void open() throws Exception {
    super.open();
    if (known) {
      sayLowest(); // the operators behind this one are open already
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    state.clear();
    for (Map.Entry<Integer, Partition> p : partitions.entrySet()) {
      state.add(new long[] {tasks(), task(), p.getKey(), p.getValue().watermark});
    }
  }

  @Override
  public void processElement(StreamRecord<Arrival> element) throws Exception {
    Arrival arrival = element.getValue();
    output.collect(element);
    Event e = arrival.event();
    if (e == null) {
      return;
    }
    Partition p = partition(e.partition);
    long before = p.watermark;
    p.ends.onEvent(arrival, e.time, p);
    known = known || restored && share(); // this may be the first event of the last of them
    if (known && p.watermark > before) {
      sayLowest();
    }
  }

  private Partition partition(int number) {
    return partitions.computeIfAbsent(
        number,
        n -> new Partition(new WatermarksAtWindowEnds(Programs.stage(plan, index).window())));
  }

  private void sayLowest() throws Exception {
    long lowest = Long.MAX_VALUE;
    for (Partition p : partitions.values()) {
      lowest = Math.min(lowest, p.watermark);
    }
    processWatermark(new Watermark(lowest));
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    if (mark.getTimestamp() > said) {
      said = mark.getTimestamp();
      super.processWatermark(mark);
    }
  }

  /** How far a partition has come. */
  private static final class Partition implements WatermarkOutput {
    private final WatermarksAtWindowEnds ends;
    private long watermark = Long.MIN_VALUE;

    Partition(WatermarksAtWindowEnds ends) {
      this.ends = ends;
    }

    @Override
    public void emitWatermark(org.apache.flink.api.common.eventtime.Watermark mark) {
      watermark = Math.max(watermark, mark.getTimestamp());
    }

    @Override
    public void markIdle() {} // never said

    @Override
    public void markActive() {}
  }
}
