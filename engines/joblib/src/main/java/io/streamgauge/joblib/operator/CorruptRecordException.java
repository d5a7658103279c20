package io.streamgauge.joblib.operator;

/**
 * A record that no engine of the job can have written, or a registry entry beyond the limits. It
 * ends the engine: going on would spread the damage.
 */
public final class CorruptRecordException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /**
   * Names the record and what is wrong with it.
   *
   * @param topic where it was read
   */
  public CorruptRecordException(String topic, int partition, long offset, String problem) {
    super("topic \"" + topic + "\" partition " + partition + " offset " + offset + ": " + problem);
  }
}
