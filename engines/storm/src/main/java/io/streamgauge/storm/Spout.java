package io.streamgauge.storm;

import org.apache.storm.kafka.spout.KafkaSpout;
import org.apache.storm.kafka.spout.KafkaSpoutConfig;

/**
 * Storm's own spout for Kafka. Storm bounds tuples under way by their number alone, and as many as
 * keep small records flowing would be more than the heap of large ones: so it waits while the bytes
 * under way fill its part of the heap.
 */
final class Spout extends KafkaSpout<byte[], byte[]> {
  private static final long serialVersionUID = 1;

  private final Listener listener;

  /**
   * @param listener the one of the configuration
   */
  Spout(Listener listener, KafkaSpoutConfig<byte[], byte[]> config) {
    super(config);
    this.listener = listener;
  }

  @Override
  public void nextTuple() {
    if (listener.hasRoom()) {
      super.nextTuple();
    }
  }
}
