package io.streamgauge.trident;

import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * What a stateful operator remembers of the devices of one partition. Not safe for concurrent use.
 */
interface KeyedState {
  /**
   * Takes the next event in the order of offsets, and hands out what it gives in the order it is to
   * be written.
   */
  void apply(Event e, Consumer<OutRecord> results);

  /** Hands out what a batch gives as a whole, behind what its events have given. */
  default void end(Consumer<OutRecord> results) {}

  /**
   * Writes what has changed since this or {@link #snapshot} was called last, or since {@link
   * #restore}.
   */
  void changes(DataOutputStream out) throws IOException;

  /** Writes all there is, in the form of changes to nothing. */
  void snapshot(DataOutputStream out) throws IOException;

  /**
   * What was written or restored last is kept for good: what lies outside of it and is no more part
   * of the state may go.
   */
  default void kept() throws IOException {}

  /** Applies what {@link #changes} or {@link #snapshot} has written, to its end. */
  void restore(DataInputStream in) throws IOException;

  /** How many devices or windows are remembered. */
  int entries();

  /**
   * Empty state for a stage; null where the stage has no stateful operator.
   *
   * @param folder for what is too large for a log
   */
  static KeyedState of(Stage stage, Path folder) {
    if (stage.dedupe() != null) {
      return new DedupeState(stage);
    }
    if (stage.detect() != null) {
      return new DetectState(stage);
    }
    if (stage.aggregation() != null) {
      return new TotalState(stage);
    }
    if (stage.messages() != null) {
      return new MessagesState(stage, folder);
    }
    return stage.window() != null ? new WindowState(stage) : null;
  }
}
