package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.record.Stamp;
import java.io.Serializable;

/**
 * An event on its way through a stage. Operators change {@link #values} and {@link #present} in
 * place. It can cross an exchange inside a stage: all it needs is in its fields. Not safe for
 * concurrent use.
 */
public final class Event implements Serializable {
  private static final long serialVersionUID = 1;

  /**
   * Where the stage read it: partition and offset of its input topic. They order the events of a
   * device.
   */
  public int partition;

  public long offset;

  /** Device id. */
  public byte[] key;

  /** The value as the stage read it. */
  public byte[] value;

  /** Headers as they came. */
  public byte[] sg;

  public byte[] sgt;

  /** Null where there was none. */
  public byte[] sgc;

  /** {@link #sg}, taken apart. */
  public transient Stamp stamp;

  /** {@link #sgt}, taken apart: event time in ms since the Unix epoch. */
  public long time;

  /**
   * Fields of the reading by slot of the stage's layout; meaningful where the bit of {@link
   * #present} is set.
   */
  public long[] values;

  public boolean[] present;

  /** For serializers that need one. */
  public Event() {}

  /** Identity of the event, also after an exchange. */
  public Stamp stamp() {
    if (stamp == null) {
      stamp = Stamp.parse(sg);
    }
    return stamp;
  }

  /** Whose state it touches: {@link Stamp#owner()}. */
  public long owner() {
    return stamp().owner();
  }
}
