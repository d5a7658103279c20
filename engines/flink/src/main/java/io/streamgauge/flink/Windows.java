package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Aggregate;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Window;
import io.streamgauge.joblib.record.OutRecord;
import java.time.Duration;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * The operator window: event-time windows of Flink's own, aggregated as events come, one result
 * each.
 */
final class Windows {
  private Windows() {}

  /** The results of all windows over {@code samples}, keyed by owner. */
  static DataStream<OutRecord> over(DataStream<Sample> samples, Plan plan, Stage stage) {
    KeySelector<Sample, Long> owner = s -> s.stamp().owner();
    DataStream<Sample> remembered =
        samples
            .keyBy(owner, BasicTypeInfo.LONG_TYPE_INFO)
            .transform("watermark memory", Types.SAMPLE, new WatermarkMemory<>())
            .uid(stage.name() + ".watermark");
    // Exchanged by key already: the windows take what this task has, in the order in which it has
    // it.
    return DataStreamUtils.reinterpretAsKeyedStream(remembered, owner, BasicTypeInfo.LONG_TYPE_INFO)
        .window(assigner(stage.window()))
        .aggregate(
            new Adding(),
            new Closing(plan, stage.index()),
            Types.AGGREGATE,
            Types.AGGREGATE,
            Types.OUT_RECORD)
        .name("window")
        .uid(stage.name() + ".window");
  }

  private static WindowAssigner<Object, TimeWindow> assigner(Window w) {
    Duration size = Duration.ofMillis(w.size());
    return w.size() == w.step()
        ? TumblingEventTimeWindows.of(size)
        : SlidingEventTimeWindows.of(size, Duration.ofMillis(w.step()));
  }

  /** Adds events to an open window. */
  private static final class Adding implements AggregateFunction<Sample, Aggregate, Aggregate> {
    private static final long serialVersionUID = 1;

    @Override
    public Aggregate createAccumulator() {
      return new Aggregate();
    }

    @Override
    public Aggregate add(Sample s, Aggregate a) {
      a.add(s.key(), s.stamp(), s.metric());
      return a;
    }

    @Override
    public Aggregate getResult(Aggregate a) {
      return a;
    }

    @Override
    public Aggregate merge(Aggregate a, Aggregate b) {
      a.merge(b);
      return a;
    }
  }

  /** Writes the result of a window that the watermark has closed. */
  private static final class Closing
      extends ProcessWindowFunction<Aggregate, OutRecord, Long, TimeWindow> {
    private static final long serialVersionUID = 1;

    private final Plan plan;
    private final int index;
    private transient Stage stage;

    Closing(Plan plan, int index) {
      this.plan = plan;
      this.index = index;
    }

    @Override
    public void open(OpenContext context) {
      stage = Programs.stage(plan, index);
    }

    @Override
    public void process(
        Long owner, Context context, Iterable<Aggregate> one, Collector<OutRecord> out) {
      OutRecord result = stage.window(context.window().getStart(), one.iterator().next());
      if (result != null) {
        out.collect(result);
      }
    }
  }
}
