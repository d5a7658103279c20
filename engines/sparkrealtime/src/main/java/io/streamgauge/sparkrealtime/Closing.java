package io.streamgauge.sparkrealtime;

import io.streamgauge.joblib.operator.Aggregate;
import io.streamgauge.joblib.operator.Window;
import io.streamgauge.spark.Answering;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.ExpiredTimerInfo;
import org.apache.spark.sql.streaming.MapState;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.StatefulProcessor;
import org.apache.spark.sql.streaming.TTLConfig;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.TimerValues;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;

/** The open windows of each device, by their starts, and a timer at the end of each. */
final class Closing extends StatefulProcessor<Long, Row, Row> {
  private static final long serialVersionUID = 1;

  private final Answering answering;
  private final long shift;
  private transient MapState<Long, byte[]> open;

  /**
   * For a stage with windows.
   *
   * @param shift from event time to Spark's, ms
   */
  Closing(Answering answering, long shift) {
    this.answering = answering;
    this.shift = shift;
  }

  @Override
  public void init(OutputMode output, TimeMode time) {
    open = getHandle().getMapState("open", Encoders.LONG(), Encoders.BINARY(), TTLConfig.NONE());
  }

  @Override
  public Iterator<Row> handleInputRows(Long owner, Iterator<Row> rows, TimerValues timers) {
    List<Row> answers = new ArrayList<>();
    java.util.Iterator<Row> each = CollectionConverters.asJava(rows);
    while (each.hasNext()) {
      Row r = each.next();
      if (!r.isNullAt(Contributing.SUM)) {
        add(r.getLong(Contributing.TIME), (byte[]) r.get(Contributing.SUM), timers);
      }
      if (!r.isNullAt(Contributing.ANSWER)) {
        answers.add(r.getStruct(Contributing.ANSWER));
      }
    }
    return CollectionConverters.asScala(answers.iterator());
  }

  /**
   * Adds to the windows that are not final. Their timers go off after this record at the latest.
   */
  private void add(long time, byte[] sum, TimerValues timers) {
    Window window = answering.stage().window();
    long watermark = timers.getCurrentWatermarkInMs() - shift + window.lateness();
    for (long start = window.firstStart(time); start <= time; start += window.step()) {
      if (window.closed(start, watermark)) {
        continue;
      }
      Aggregate a = Aggregate.fromBytes(sum);
      if (open.containsKey(start)) {
        a.merge(Aggregate.fromBytes(open.getValue(start)));
      } else {
        getHandle().registerTimer(start + window.size() + shift);
      }
      open.updateValue(start, a.toBytes());
    }
  }

  @Override
  public Iterator<Row> handleExpiredTimer(Long owner, TimerValues timers, ExpiredTimerInfo timer) {
    Window window = answering.stage().window();
    long start = timer.getExpiryTimeInMs() - shift - window.size();
    Aggregate a = Aggregate.fromBytes(open.getValue(start));
    open.removeKey(start);
    Row result =
        answering.row(
            answering.stage().window(start, a), answering.shuffled(TaskContext.getPartitionId()));
    return CollectionConverters.asScala(
        (result == null ? List.<Row>of() : List.of(result)).iterator());
  }
}
