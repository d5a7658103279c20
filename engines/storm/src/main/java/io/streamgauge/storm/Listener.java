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

/** Counts what becomes of a spout's tuples, and the bytes of those under way. */
final class Listener implements KafkaTupleListener {
  private static final long serialVersionUID = 1;

  /** Values under way, of all spouts together, may fill one part of the heap in so many. */
  private static final int PART = 4;

  private final int spouts;
  private transient Set<TopicPartition> assigned;
  private transient UnderWay underWay;

  /**
   * @param spouts tasks of spouts in all, which may share a heap
   */
  Listener(int spouts) {
    this.spouts = spouts;
  }

  @Override
  public void open(Map<String, Object> conf, TopologyContext context) {
    assigned = new HashSet<>();
    underWay = new UnderWay(Runtime.getRuntime().maxMemory() / PART / spouts);
  }

  /** Whether another tuple may be sent on its way. */
  boolean hasRoom() {
    return underWay.hasRoom();
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
    underWay.sent(id, RecordFields.size(tuple));
    Tally.EMITTED.increment();
  }

  @Override
  public void onAck(KafkaSpoutMessageId id) {
    underWay.done(id);
    Tally.ACKED.increment();
  }

  @Override
  public void onRetry(KafkaSpoutMessageId id) {
    underWay.failed(id);
    Tally.FAILED.increment();
  }

  @Override
  public void onMaxRetryReached(KafkaSpoutMessageId id) {
    throw new IllegalStateException("BUG: tuples are tried for ever, " + id + " was not");
  }
}
