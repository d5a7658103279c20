package io.streamgauge.spark;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import java.io.Serializable;
import org.apache.spark.sql.Row;
import org.apache.spark.util.LongAccumulator;

/**
 * What tasks of a stage do with records and results, whatever the shape of its query.
 *
 * <p>A row has a lane: which of the sink's writers it goes to. Lanes 0 and up are the partitions of
 * the stage's topic, those of rows that come out of a shuffle follow. A task has one lane, and a
 * batch that is repeated has the same rows in each.
 */
public final class Answering implements Serializable {
  private static final long serialVersionUID = 1;

  private final StageRef ref;
  private final LongAccumulator foreign;
  private transient Stage stage;
  private transient String forward;
  private transient String deadLetters;

  /**
   * For a stage.
   *
   * @param foreign counts records that are none of the harness's
   */
  public Answering(StageRef ref, LongAccumulator foreign) {
    this.ref = ref;
    this.foreign = foreign;
  }

  /** The stage, compiled. */
  public Stage stage() {
    if (stage == null) {
      Stage s = ref.stage();
      forward = ref.plan().stageOutput(s.index());
      deadLetters = ref.plan().deadLetters();
      stage = s;
    }
    return stage;
  }

  /** The lane of rows of a partition of a shuffle. */
  public int shuffled(int partition) {
    return ref.plan().partitions() + partition;
  }

  /** Takes a record apart; null where it is no event. */
  public Event arrive(InRecord in) {
    return stage().arrive(in);
  }

  /**
   * A record that is no event: an earlier stage's result on its way through; null for a foreign
   * record, which is counted.
   */
  public OutRecord pass(InRecord in) {
    OutRecord r = stage().pass(in);
    if (r == null) {
      foreign.add(1);
    }
    return r;
  }

  /** The row of an event's answer; null where it was dropped. */
  public Row answer(Event e, Verdict v, int lane) {
    return row(stage().answer(e, v), lane);
  }

  /** A row for the sink; null for null. */
  public Row row(OutRecord r, int lane) {
    if (r == null) {
      return null;
    }
    stage();
    return Columns.out(r, r.deadLetter() ? deadLetters : forward, lane);
  }
}
