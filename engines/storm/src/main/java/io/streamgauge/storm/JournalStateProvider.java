package io.streamgauge.storm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import org.apache.storm.spout.CheckPointState;
import org.apache.storm.spout.CheckpointSpout;
import org.apache.storm.state.DefaultStateSerializer;
import org.apache.storm.state.Serializer;
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
    Path dir = Path.of((String) conf.get(DIR));
    Path file = file(dir, namespace);
    try {
      Claim.take(file, PATIENCE_MILLIS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // Storm gives each topology with state one task of it, and names states in this way.
    int spout = context.getComponentTasks(CheckpointSpout.CHECKPOINT_COMPONENT_ID).get(0);
    return open(
        file,
        file(dir, CheckpointSpout.CHECKPOINT_COMPONENT_ID + "-" + spout),
        new DefaultStateSerializer<>(conf, context));
  }

  private static Path file(Path dir, String namespace) {
    return dir.resolve(namespace + ".journal");
  }

  /**
   * Opens a state. What the last life had prepared is rolled back at once where that is the first
   * thing that the checkpoint spout will ask for: Storm's windows read their states before it asks,
   * and not again.
   *
   * @param spout the file of the checkpoint spout's own state, which has how far a checkpoint came;
   *     it stays as it is until each task has opened its states and followed what the spout asks
   */
  static JournalState<Object, Object> open(Path file, Path spout, Serializer<Object> any) {
    JournalState<Object, Object> state = new JournalState<>(file, any, any);
    if (!file.equals(spout) && rollsBack(spout, any)) {
      state.rollback();
    }
    return state;
  }

  private static boolean rollsBack(Path spout, Serializer<Object> any) {
    if (!Files.exists(spout)) {
      return false; // the very first life
    }
    Iterator<Map.Entry<Object, Object>> only = JournalState.look(spout, any, any).iterator();
    return only.hasNext()
        && ((CheckPointState) only.next().getValue()).nextAction(true)
            == CheckPointState.Action.ROLLBACK;
  }
}
