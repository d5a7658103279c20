package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.kafka.Clients;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.Stamp;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Makes the topics of a plan with a backlog in the input: {@code Backlog --plan FILE RECORDS
 * BYTES}; or removes them: {@code Backlog --plan FILE}. What a copy job and the job identity are
 * drained of to compare them.
 */
final class Backlog {
  private static final int DEVICES = 1000;

  private Backlog() {}

  public static void main(String[] args) throws Exception {
    Plan plan = Plan.read(Path.of(args[1]));
    List<String> topics =
        List.of(plan.stageInput(0), plan.stageOutput(0), plan.deadLetters(), plan.registry());
    try (Admin admin = Admin.create(Clients.objects(Clients.common(plan)))) {
      if (args.length == 2) {
        admin.deleteTopics(topics).all().get();
        return;
      }
      Map<String, String> settings =
          Map.of(
              "max.message.bytes",
              Long.toString(plan.maxRecordBytes() + 4096),
              "retention.ms",
              "-1",
              "message.timestamp.before.max.ms",
              Long.toString(Long.MAX_VALUE));
      admin
          .createTopics(
              topics.stream()
                  .map(t -> new NewTopic(t, plan.partitions(), (short) 1).configs(settings))
                  .toList())
          .all()
          .get();
    }
    fill(plan, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
  }

  private static void fill(Plan plan, int records, int bytes) {
    Map<String, Object> settings = Clients.objects(Clients.producer(plan));
    settings.put("linger.ms", "20");
    ByteArraySerializer raw = new ByteArraySerializer();
    byte[] value = new byte[bytes];
    Arrays.fill(value, (byte) 'x');
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, raw, raw)) {
      for (int i = 0; i < records; i++) {
        Stamp stamp = new Stamp(0, 0, i % DEVICES, i / DEVICES, i, 0);
        RecordHeaders headers = new RecordHeaders();
        headers.add(Headers.STAMP, stamp.toBytes());
        headers.add(Headers.TIME, Headers.time(i));
        byte[] key = ("device-" + i % DEVICES).getBytes(StandardCharsets.UTF_8);
        producer.send(
            new ProducerRecord<>(plan.stageInput(0), null, (long) i, key, value, headers));
      }
    }
  }
}
