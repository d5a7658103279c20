package io.streamgauge.spark;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StatefulProcessor;
import org.apache.spark.sql.streaming.TimerValues;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A stage with a state for each device, which is kept in Spark's state store and rolled back with
 * the offsets when a batch is repeated. Of a batch it gets the records of one device at a time. The
 * shuffle has lost their order, so they are sorted by offset; they must fit in memory, which those
 * of all devices need not.
 */
public abstract class Keyed extends StatefulProcessor<Long, Row, Row> {
  private static final long serialVersionUID = 1;

  private static final Comparator<InRecord> AS_READ =
      Comparator.comparingInt(InRecord::partition).thenComparingLong(InRecord::offset);

  private final Answering answering;

  /** For a stage with state. */
  protected Keyed(Answering answering) {
    this.answering = answering;
  }

  /** Reads the state of the device at hand. */
  protected abstract void load();

  /**
   * Applies the stage to an event and the state.
   *
   * @param out gets what the event gives, in this order; null for nothing
   */
  protected abstract void event(Event e, Consumer<OutRecord> out);

  /** What the rows have given together, behind what each has; null for nothing. */
  protected OutRecord end() {
    return null;
  }

  /** Writes the state, if it has changed. */
  protected abstract void save();

  /** What it answers with. */
  public final Answering answering() {
    return answering;
  }

  @Override
  public final Iterator<Row> handleInputRows(Long owner, Iterator<Row> rows, TimerValues timers) {
    List<InRecord> records = new ArrayList<>();
    rows.foreach(r -> records.add(Columns.unkeyed(r)));
    records.sort(AS_READ);
    int lane = answering.shuffled(TaskContext.getPartitionId());
    List<Row> out = new ArrayList<>(records.size());
    load();
    for (InRecord in : records) {
      answer(in, lane, out);
    }
    add(out, answering.row(end(), lane));
    save();
    return CollectionConverters.asScala(out.iterator());
  }

  private void answer(InRecord in, int lane, List<Row> out) {
    Event e = answering.arrive(in);
    if (e == null) {
      add(out, answering.row(answering.pass(in), lane));
      return;
    }
    event(e, r -> add(out, answering.row(r, lane)));
  }

  private static void add(List<Row> out, Row row) {
    if (row != null) {
      out.add(row);
    }
  }
}
