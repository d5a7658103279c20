package io.streamgauge.sparkdstream;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoSerializable;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.record.OutRecord;

/**
 * What has arrived at the state of a stage: an event for it, or a result that only keeps its place among the events, such as
 * an alert of an earlier stage or a dead letter. Kryo takes it through the shuffle.
 */
public final class Arrival implements KryoSerializable {
  private long offset;
  private Event event;
  private OutRecord result;

  /** For Kryo. */
  public Arrival() {}

  Arrival(Event event) {
    offset = event.offset;
    this.event = event;
  }

  Arrival(long offset, OutRecord result) {
    this.offset = offset;
    this.result = result;
  }

  /** Where the stage read it: the order of arrivals of one Kafka partition. */
  long offset() {
    return offset;
  }

  /** Null for a result. */
  Event event() {
    return event;
  }

  /** Null for an event. */
  OutRecord result() {
    return result;
  }

  @Override
  public void write(Kryo kryo, Output out) {
    out.writeLong(offset);
    kryo.writeObjectOrNull(out, event, Event.class);
    kryo.writeObjectOrNull(out, result, OutRecord.class);
  }

  @Override
  public void read(Kryo kryo, Input in) {
    offset = in.readLong();
    event = kryo.readObjectOrNull(in, Event.class);
    result = kryo.readObjectOrNull(in, OutRecord.class);
  }
}
