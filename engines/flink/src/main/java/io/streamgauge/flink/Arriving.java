package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Figures;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Records;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.operator.Verdict;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import java.io.IOException;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.metrics.Counter;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Takes Kafka's records apart, headers and all, and takes each event through the stage's operators
 * as far as the stateful one. They stand in the source, not behind it, because the source keeps a
 * watermark for each partition, and only events that reach the window may move it.
 */
final class Arriving implements KafkaRecordDeserializationSchema<Arrival> {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int index;
  private transient Stage stage;
  private transient Counter foreign;

  Arriving(Plan plan, int index) {
    this.plan = plan;
    this.index = index;
  }

  @Override
  public void open(DeserializationSchema.InitializationContext context) {
    stage = Programs.stage(plan, index);
    foreign = context.getMetricGroup().counter("foreign_records");
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Arrival> out)
      throws IOException {
    InRecord in = Records.in(record);
    Event e;
    try {
      e = stage.arrive(in);
    } catch (IllegalArgumentException cannotBe) {
      throw new IOException(
          "stage "
              + stage.name()
              + ": the record at offset "
              + record.offset()
              + " of partition "
              + record.partition()
              + " of "
              + record.topic()
              + " cannot be: "
              + cannotBe.getMessage(),
          cannotBe);
    }
    if (e == null) {
      pass(stage.pass(in), out);
      return;
    }
    Verdict verdict = stage.before(e);
    if (verdict == Verdict.PASS) {
      out.collect(Arrival.of(e));
    } else if (verdict != Verdict.DROP) {
      out.collect(Arrival.of(stage.answer(e, verdict)));
    }
  }

  private void pass(OutRecord result, Collector<Arrival> out) {
    if (result == null) {
      foreign.inc(); // for who watches a cluster
      Figures.foreign(1); // for the status lines of one process
      return;
    }
    out.collect(Arrival.of(result));
  }

  @Override
  public TypeInformation<Arrival> getProducedType() {
    return Types.ARRIVAL;
  }
}
