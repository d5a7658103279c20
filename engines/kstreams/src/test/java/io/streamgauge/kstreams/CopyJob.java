package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Adapter;
import io.streamgauge.joblib.contract.Contract;
import io.streamgauge.joblib.contract.Hello;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.contract.Session;
import io.streamgauge.joblib.kafka.Drain;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * The least that Kafka Streams can do, as its own documentation writes it: one topic into another.
 * What the job identity costs beside this, under the same plan and settings, is the adapter's. Not
 * an engine: its answers have no identity.
 */
final class CopyJob implements Adapter {
  private CopyJob() {}

  public static void main(String[] args) {
    Contract.main(args, new CopyJob());
  }

  @Override
  public Hello hello() {
    return new Hello("kstreams-copy", "test", List.of("at-least-once", "exactly-once"), Map.of());
  }

  @Override
  public Map<String, Object> settings(Plan plan) {
    return Map.of();
  }

  @Override
  public void run(Session session) throws Exception {
    Plan plan = session.plan();
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(plan.stageInput(0), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .to(plan.stageOutput(0), Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
    Commits commits = new Commits(plan.exactlyOnce());
    KafkaStreams streams =
        new KafkaStreams(builder.build(), Settings.properties(plan, Options.of(plan), commits));
    streams.start();
    session.status().ready();
    if (session.awaitEnd()) {
      try (Drain drain = new Drain(session)) {
        drain.committed(plan.prefix(), plan.stageInput(0));
      }
    }
    streams.close(Duration.ofMillis(plan.stopMillis()));
  }
}
