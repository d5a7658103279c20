package io.streamgauge.joblib.json;

import io.streamgauge.joblib.contract.Job;
import io.streamgauge.joblib.operator.Reason;

/**
 * Decodes the messages of devices by the rules of SEMANTICS.md section 3: what is tested, in which order, and what each
 * failure is called. One decoder may be shared by threads.
 */
public final class Decoder {
  /** For a job's reading. */
  public Decoder(Job.Reading reading) {}

  /**
   * Reads a message.
   *
   * @param key the record's key, which the device field must equal
   * @param value the message
   * @param values receives the metrics in millionths, in ascending order of their names
   * @param present receives which of them the message has
   * @return null, or why the message is refused
   */
  public Reason decode(byte[] key, byte[] value, long[] values, boolean[] present) {
    throw new UnsupportedOperationException();
  }
}
