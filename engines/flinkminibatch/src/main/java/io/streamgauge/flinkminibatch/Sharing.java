package io.streamgauge.flinkminibatch;

import io.streamgauge.flink.Arrival;
import io.streamgauge.flink.Programs;
import io.streamgauge.flink.Types;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Makes a row of what each event brings to its device's total; what is settled goes aside. */
final class Sharing extends ProcessFunction<Arrival, Row> {
  static final OutputTag<OutRecord> SETTLED = new OutputTag<>("settled", Types.OUT_RECORD);

  static final TypeInformation<Row> ROW =
      new RowTypeInfo(
          new TypeInformation<?>[] {
            BasicTypeInfo.LONG_TYPE_INFO,
            PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO,
            BasicTypeInfo.LONG_TYPE_INFO,
            BasicTypeInfo.LONG_TYPE_INFO,
            BasicTypeInfo.LONG_TYPE_INFO,
            BasicTypeInfo.LONG_TYPE_INFO
          },
          new String[] {"owner", "device", "metric", "term", "intended", "event_time"});

  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;
  private transient Stage stage;

  Sharing(Plan plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  @Override
  public void open(OpenContext context) {
    stage = Programs.stage(plan, index);
  }

  @Override
  public void processElement(Arrival a, Context context, Collector<Row> out) {
    Event e = a.event();
    if (e == null) {
      context.output(SETTLED, a.settled());
      return;
    }
    out.collect(
        Row.of(
            e.owner(),
            e.key,
            stage.aggregation().metric(e),
            e.stamp().term(),
            e.stamp().intended(),
            e.time));
  }
}
