package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Messages;
import io.streamgauge.joblib.operator.Parts;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import java.nio.ByteBuffer;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.FlinkRuntimeException;

/**
 * The operators scan and reassemble on chunks: where a device stands with its messages is keyed
 * state, and so are the chunks of one that is to be put together. Chunks of a device come in the
 * order of their offsets, since one partition holds them all and one channel of the exchange
 * carries them.
 */
final class Chunks extends KeyedProcessFunction<Long, Event, OutRecord> {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;
  private transient Messages messages;
  private transient ValueState<Message> state;
  private transient Parts parts; // null: nothing is put together

  Chunks(Plan plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  @Override
  public void open(OpenContext context) {
    Stage stage = Programs.stage(plan, index);
    messages = stage.messages();
    state = getRuntimeContext().getState(new ValueStateDescriptor<>("message", Types.MESSAGE));
    if (messages.assembles()) {
      parts =
          new InState(
              getRuntimeContext()
                  .getMapState(
                      new MapStateDescriptor<>(
                          "chunks", BasicTypeInfo.LONG_TYPE_INFO, Types.BYTES)));
    }
  }

  @Override
  public void processElement(Event e, Context context, Collector<OutRecord> out) throws Exception {
    Message now = state.value();
    Message next = messages.take(now, e, parts, out::collect);
    if (next != now) {
      state.update(next);
    }
  }

  /** The chunks of the key at hand, by index: it has one message at a time. */
  private record InState(MapState<Long, byte[]> chunks) implements Parts {
    @Override
    public void add(long sequence, long index, byte[] chunk) {
      try {
        chunks.put(index, chunk);
      } catch (Exception e) { // what state throws is not for functions to mend
        throw new FlinkRuntimeException("keeping chunk " + index + " of " + sequence, e);
      }
    }

    @Override
    public byte[] join(long sequence, long count, int total) {
      ByteBuffer whole = ByteBuffer.allocate(total);
      try {
        for (long i = 0; i < count; i++) {
          whole.put(chunks.get(i));
        }
      } catch (Exception e) {
        throw new FlinkRuntimeException("putting message " + sequence + " together", e);
      }
      return whole.array();
    }

    @Override
    public void clear(long sequence, long count) {
      chunks.clear();
    }
  }
}
