package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Figures;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.storm.Claim;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * The state of one stage and partition, with two transaction ids: that of the last batch whose
 * results Kafka has, and that of the last batch whose changes are in the log. The results are
 * written first, so a kill can leave the second behind the first, by the batch that Trident replays
 * next. That batch then changes the state and writes nothing; one that both have seen does neither.
 * Where the log lacks more than that it is an error, exactly once: otherwise nobody knows. Not safe
 * for concurrent use.
 */
final class PartitionState implements AutoCloseable {
  /**
   * The log is written anew when it is longer than this and than so many times what was then
   * written.
   */
  private static final long SMALL_LOG = 4 << 20;

  private static final int GROWTH = 4;

  /** How long a worker that was killed may take to be gone. */
  private static final long PATIENCE_MILLIS = 60_000;

  private final Path file;
  private final KeyedState keyed; // null: the stage remembers nothing
  private final StateLog log;
  private long written;
  private long kept;
  private long compact; // bytes of the log when it was written anew
  private int counted;

  /**
   * Restores what is in the log.
   *
   * @param written transaction id of the last batch whose results were written in a former life, 0
   *     for none
   */
  PartitionState(Stage stage, Path file, long written) throws IOException {
    this.file = file;
    this.written = written;
    keyed = KeyedState.of(stage, beside(file));
    if (keyed != null) {
      Claim.take(file, PATIENCE_MILLIS);
    }
    log =
        keyed == null
            ? null
            : new StateLog(
                file,
                (txid, body) -> {
                  byte[] b = new byte[body.remaining()];
                  body.get(b);
                  keyed.restore(new DataInputStream(new ByteArrayInputStream(b)));
                  kept = txid;
                });
    if (keyed != null) {
      keyed.kept();
    }
    count();
  }

  /** Where the state has what is too large for its log. */
  static Path beside(Path file) {
    return file.resolveSibling(file.getFileName() + ".parts");
  }

  /**
   * Takes a record's step in a batch.
   *
   * @param step an {@link Event} for the stateful operator, or an {@link OutRecord} that goes by it
   */
  void apply(long txid, Object step, Consumer<OutRecord> results) {
    if (changes(txid)) {
      checkKept(txid); // whatever the step is: with its entry nobody would see what is missing
    }
    Consumer<OutRecord> out = missing(txid, results);
    if (!(step instanceof Event e)) {
      out.accept((OutRecord) step);
    } else if (changes(txid)) {
      keyed.apply(e, out);
    }
  }

  /** Hands out what a batch gives as a whole; all of its steps have been taken. */
  void end(long txid, Consumer<OutRecord> results) {
    if (changes(txid)) {
      keyed.end(missing(txid, results));
    }
  }

  private boolean changes(long txid) {
    return keyed != null && txid > kept;
  }

  /** State that lacks a batch must not go on with the next: nobody would see that it is wrong. */
  private void checkKept(long txid) {
    if (kept < written && written < txid) {
      throw new IllegalStateException(
          file
              + " ends with batch "
              + kept
              + ", and Kafka has the results up to batch "
              + written
              + ": what is between is lost, as after a fault of the machine or with another"
              + " state_dir; start a new run");
    }
  }

  /** Takes the results of a batch, or drops them where they have been written before. */
  private Consumer<OutRecord> missing(long txid, Consumer<OutRecord> results) {
    return txid > Math.max(written, kept) ? results : r -> {};
  }

  /** Keeps the changes of a batch whose results are written. */
  void commit(long txid) throws IOException {
    written = Math.max(written, txid);
    if (!changes(txid)) {
      return;
    }
    if (log.size() > Math.max(SMALL_LOG, GROWTH * compact)) {
      log.replace(txid, bytes(keyed::snapshot));
      compact = log.size();
    } else {
      log.append(txid, bytes(keyed::changes));
    }
    kept = txid;
    keyed.kept();
    count();
  }

  private void count() {
    int now = keyed == null ? 0 : keyed.entries();
    Figures.add("state_entries", now - counted, "entries");
    counted = now;
  }

  private interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  private static byte[] bytes(Writer w) throws IOException {
    ByteArrayOutputStream b = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(b)) {
      w.write(out);
    }
    return b.toByteArray();
  }

  @Override
  public void close() throws IOException {
    Figures.add("state_entries", -counted, "entries");
    if (log != null) {
      log.close();
    }
  }
}
