package io.streamgauge.storm;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.storm.kafka.spout.KafkaSpoutMessageId;

/** Bytes of the tuples that one spout task has sent and that are not acknowledged. */
final class UnderWay {
  private final long most;
  private final Map<KafkaSpoutMessageId, Integer> sizes = new HashMap<>();
  private final Set<KafkaSpoutMessageId> again = new HashSet<>();
  private long bytes;

  /**
   * @param most bytes at which there is no room; the last tuple may go beyond
   */
  UnderWay(long most) {
    this.most = most;
  }

  /**
   * Whether another tuple may be sent. One that has failed may always: those that fill the room can
   * be waiting for it.
   */
  boolean hasRoom() {
    return bytes < most || !again.isEmpty();
  }

  void sent(KafkaSpoutMessageId id, int size) {
    again.remove(id);
    bytes += size - forget(id);
    sizes.put(id, size);
  }

  void done(KafkaSpoutMessageId id) {
    again.remove(id);
    bytes -= forget(id);
  }

  void failed(KafkaSpoutMessageId id) {
    again.add(id);
    bytes -= forget(id);
  }

  private int forget(KafkaSpoutMessageId id) {
    Integer size = sizes.remove(id);
    return size == null ? 0 : size;
  }
}
