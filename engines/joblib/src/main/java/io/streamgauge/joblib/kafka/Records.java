package io.streamgauge.joblib.kafka;

import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/** Between Kafka's records and those of stages. */
public final class Records {
  private Records() {}

  /** A record as a stage reads it. */
  public static InRecord in(ConsumerRecord<byte[], byte[]> r) {
    return in(r.partition(), r.offset(), r.key(), r.value(), r.headers());
  }

  /** A record as a stage reads it, for engines that hand out its parts. */
  public static InRecord in(
      int partition, long offset, byte[] key, byte[] value, Iterable<Header> headers) {
    byte[] sg = null;
    byte[] sgt = null;
    byte[] sgo = null;
    byte[] sgc = null;
    boolean noStamp = true;
    boolean noTime = true;
    boolean noOutput = true;
    boolean noChunk = true;
    for (Header h : headers) { // the first of each name counts, even where it has no value
      String name = h.key();
      if (noStamp && name.equals(Headers.STAMP)) {
        noStamp = false;
        sg = h.value();
      } else if (noTime && name.equals(Headers.TIME)) {
        noTime = false;
        sgt = h.value();
      } else if (noOutput && name.equals(Headers.OUTPUT)) {
        noOutput = false;
        sgo = h.value();
      } else if (noChunk && name.equals(Headers.CHUNK)) {
        noChunk = false;
        sgc = h.value();
      }
    }
    return new InRecord(partition, offset, key, value, sg, sgt, sgo, sgc);
  }

  /**
   * A stage's record for Kafka.
   *
   * @param forward the topic the stage writes to
   * @param deadLetters the topic for dead letters
   */
  public static ProducerRecord<byte[], byte[]> out(
      OutRecord r, String forward, String deadLetters) {
    String topic = r.deadLetter() ? deadLetters : forward;
    ProducerRecord<byte[], byte[]> p =
        new ProducerRecord<>(topic, null, r.timestamp(), r.key(), r.value());
    for (int i = 0; i < r.names().length; i++) {
      p.headers().add(r.names()[i], r.headers()[i]);
    }
    return p;
  }
}
