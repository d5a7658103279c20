package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Figures;
import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * How far the spouts' consumers are behind the ends of their partitions, as they know since they
 * polled last. Storm's spouts keep their consumers to themselves, so it is asked of Kafka's metrics
 * where every consumer of this process shows them.
 */
final class Lag {
  private static final String PARTITIONS =
      "kafka.consumer:type=consumer-fetch-manager-metrics,client-id=*,topic=*,partition=*";

  private Lag() {}

  /** Passes it on to whoever reports the engine's figures. */
  static void report() {
    Figures.set("records_lag", records(), "records");
  }

  /** Records of the partition that is furthest behind. */
  static long records() {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      return server.queryNames(new ObjectName(PARTITIONS), null).stream()
          .mapToLong(partition -> records(server, partition))
          .max()
          .orElse(0);
    } catch (JMException e) {
      throw new IllegalStateException("BUG: the name of Kafka's metrics is none", e);
    }
  }

  /** 0 where it is not known yet, or the consumer was closed a moment ago. */
  private static long records(MBeanServer server, ObjectName partition) {
    try {
      return server.getAttribute(partition, "records-lag") instanceof Number n ? n.longValue() : 0;
    } catch (JMException e) {
      return 0;
    }
  }
}
