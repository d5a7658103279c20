package io.streamgauge.storm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.storm.state.DefaultStateSerializer;
import org.apache.storm.state.State;
import org.apache.storm.state.StateProvider;
import org.apache.storm.task.TopologyContext;

/**
 * Gives Storm's stateful components their state from files in the folder that the topology's
 * setting {@link #DIR} names: one for each component and task, and three more of Storm's own where
 * that has persistent windows. Of the providers that come with Storm one forgets everything with
 * the process, and the other two need a database. Where workers run on several machines, the folder
 * is to be one that all of them see.
 */
public final class JournalStateProvider implements StateProvider {
  /** The setting that names the folder. */
  public static final String DIR = "streamgauge.state.dir";

  /** How long a worker that was killed may take to be gone. */
  private static final long PATIENCE_MILLIS = 60_000;

  @Override
  public State newState(String namespace, Map<String, Object> conf, TopologyContext context) {
    Path file = Path.of((String) conf.get(DIR)).resolve(namespace + ".journal");
    try {
      Claim.take(file, PATIENCE_MILLIS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new JournalState<>(
        file,
        new DefaultStateSerializer<>(conf, context),
        new DefaultStateSerializer<>(conf, context));
  }
}
