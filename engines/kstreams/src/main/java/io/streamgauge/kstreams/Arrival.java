package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Figures;
import io.streamgauge.joblib.kafka.Records;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * What every stage begins with: takes a record apart and runs the operators before the stateful
 * one. Its key stays, so no repartitioning follows.
 *
 * @param <V> what it forwards
 */
abstract class Arrival<V> implements FixedKeyProcessor<Device, byte[], V> {
  protected final Stage stage;
  protected FixedKeyProcessorContext<Device, V> context;

  Arrival(Stage stage) {
    this.stage = stage;
  }

  @Override
  public void init(FixedKeyProcessorContext<Device, V> context) {
    this.context = context;
  }

  @Override
  public final void process(FixedKeyRecord<Device, byte[]> record) {
    InRecord in = in(record);
    Event event = stage.arrive(in);
    if (event == null) {
      OutRecord result = stage.pass(in);
      if (result == null) {
        Figures.foreign(1);
      } else {
        done(record, result);
      }
      return;
    }
    Verdict verdict = stage.before(event);
    if (verdict == Verdict.PASS) {
      event(record, event);
    } else {
      done(record, stage.answer(event, verdict));
    }
  }

  /** An event has come to the stateful operator, or to the end of a stage without one. */
  protected abstract void event(FixedKeyRecord<Device, byte[]> record, Event event);

  /** A record needs no more work; {@code out} is null where it was dropped. */
  protected abstract void done(FixedKeyRecord<Device, byte[]> record, OutRecord out);

  private InRecord in(FixedKeyRecord<Device, byte[]> record) {
    RecordMetadata at = context.recordMetadata().orElseThrow(); // a source record always has it
    return Records.in(
        at.partition(), at.offset(), record.key().id(), record.value(), record.headers());
  }
}
