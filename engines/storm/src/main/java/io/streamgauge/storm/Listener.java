package io.streamgauge.storm;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.storm.kafka.spout.KafkaSpoutMessageId;
import org.apache.storm.kafka.spout.KafkaTupleListener;
import org.apache.storm.task.TopologyContext;

/** Counts what becomes of a spout's tuples. */
final class Listener implements KafkaTupleListener {
  private static final long serialVersionUID = 1;

  private transient Set<TopicPartition> assigned;

  @Override
  public void open(Map<String, Object> conf, TopologyContext context) {
    assigned = new HashSet<>();
  }

  @Override
  public void onPartitionsReassigned(Collection<TopicPartition> partitions) {
    for (TopicPartition p : partitions) {
      if (assigned.add(p)) {
        Tally.ASSIGNED.increment();
      }
    }
  }

  @Override
  public void onEmit(List<Object> tuple, KafkaSpoutMessageId id) {
    Tally.EMITTED.increment();
  }

  @Override
  public void onAck(KafkaSpoutMessageId id) {
    Tally.ACKED.increment();
  }

  @Override
  public void onRetry(KafkaSpoutMessageId id) {
    Tally.FAILED.increment();
  }

  @Override
  public void onMaxRetryReached(KafkaSpoutMessageId id) {
    throw new IllegalStateException("BUG: tuples are tried for ever, " + id + " was not");
  }
}
