package io.streamgauge.storm;

import java.util.Map;
import org.apache.storm.generated.Nimbus;
import org.apache.storm.generated.StormTopology;

/** A Storm cluster as its users see it. */
public interface Cluster extends AutoCloseable {
  /** Submits a topology. One of that name must not be there. */
  void submit(String name, Map<String, Object> settings, StormTopology topology) throws Exception;

  /** The cluster's nimbus. Not safe for concurrent use. */
  Nimbus.Iface nimbus();

  @Override
  void close();
}
