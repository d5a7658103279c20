package io.streamgauge.flink;

import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Makes the watermark part of a checkpoint. Flink keeps windows in its checkpoints, but not the
 * watermark: after a restart it begins anew, at the lowest value there is, and an event that comes
 * late for a window whose result is out opens that window again, which then gives a second, wrong
 * result. This operator stands in front of the windows, in the same task. It remembers the highest
 * watermark that it has let through, says it again before the first event after a restart, and
 * holds back lower ones.
 *
 * <p>Behind the exchange, every task gets the watermarks of all partitions. When a checkpoint's
 * barrier has come in on all channels, all tasks have seen the same ones. So the remembered values
 * are equal, and any task may take any of them.
 */
final class WatermarkMemory<T> extends AbstractStreamOperator<T>
    implements OneInputStreamOperator<T, T> {
  private static final long serialVersionUID = 1;

  private transient ListState<Long> state;
  private transient long highest;

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    state =
        context
            .getOperatorStateStore()
            .getUnionListState(
                new ListStateDescriptor<>("watermark", BasicTypeInfo.LONG_TYPE_INFO));
    highest = Long.MIN_VALUE;
    for (long w : state.get()) {
      highest = Math.max(highest, w);
    }
  }

  @Override
  public void open() throws Exception {
    super.open();
    if (highest > Long.MIN_VALUE) {
      output.emitWatermark(
          new Watermark(highest)); // the operators behind this one are open already
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    state.clear();
    state.add(highest);
  }

  @Override
  public void processElement(StreamRecord<T> element) {
    output.collect(element);
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    if (mark.getTimestamp() > highest) {
      highest = mark.getTimestamp();
      super.processWatermark(mark);
    }
  }
}
