package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Figures;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the tasks of this process have counted. Tasks are copies made from bytes, so a static place
 * is the only one they share with each other and with the adapter.
 */
final class Tally {
  /** Tuples that spouts have emitted. */
  static final LongAdder EMITTED = new LongAdder();

  /** Tuples that came to their end: all that came of them is written. */
  static final LongAdder ACKED = new LongAdder();

  /** Tuples that failed or ran out of time and are read again. */
  static final LongAdder FAILED = new LongAdder();

  /** Partitions that spouts read. */
  static final LongAdder ASSIGNED = new LongAdder();

  /** Entries of all states as of their last checkpoints. */
  static final LongAdder STATE_ENTRIES = new LongAdder();

  /** Bytes of their keys and values. */
  static final LongAdder STATE_BYTES = new LongAdder();

  private Tally() {}

  /** Passes the counts on to whoever reports the engine's figures. */
  static void report() {
    Figures.set("tuples_emitted", EMITTED.sum(), "tuples");
    Figures.set("tuples_acked", ACKED.sum(), "tuples");
    Figures.set("tuples_failed", FAILED.sum(), "tuples");
    Figures.set("tuples_pending", EMITTED.sum() - ACKED.sum() - FAILED.sum(), "tuples");
    Figures.set("state_entries", STATE_ENTRIES.sum(), "entries");
    Figures.set("state_size", STATE_BYTES.sum(), "bytes");
  }
}
