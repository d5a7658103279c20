package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Plan;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.Values;

/** What KafkaBolt would be if it wrote keys and headers: the least that copies whole records. */
final class WholeCopy extends BaseRichBolt {
  private static final long serialVersionUID = 1;

  private final Map<String, Object> settings;
  private final String topic;
  private transient Producer<byte[], byte[]> producer;
  private transient OutputCollector collector;

  WholeCopy(Plan plan) {
    settings = Writer.settings(plan);
    topic = plan.stageOutput(0);
  }

  @Override
  public void prepare(Map<String, Object> conf, TopologyContext context, OutputCollector out) {
    producer = new KafkaProducer<>(settings);
    collector = out;
  }

  @Override
  public void execute(Tuple t) {
    ConsumerRecord<?, ?> r = (ConsumerRecord<?, ?>) t.getValue(0);
    producer.send(
        new ProducerRecord<>(topic, null, (byte[]) r.key(), (byte[]) r.value(), r.headers()),
        (taken, error) -> {
          synchronized (collector) {
            if (error == null) {
              collector.ack(t);
            } else {
              collector.reportError(error);
              collector.fail(t);
            }
          }
        });
  }

  @Override
  public void cleanup() {
    producer.close();
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {} // what it gives goes to Kafka

  /** Makes a tuple of a record as it is: it does not leave the process. */
  static final class Translator implements RecordTranslator<byte[], byte[]> {
    private static final long serialVersionUID = 1;

    @Override
    public List<Object> apply(ConsumerRecord<byte[], byte[]> r) {
      return new Values(r);
    }

    @Override
    public Fields getFieldsFor(String stream) {
      return new Fields("record");
    }
  }
}
