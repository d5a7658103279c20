package io.streamgauge.joblib.operator;

/**
 * A crossing of a threshold.
 *
 * @param active whether the alarm begins; it ends otherwise
 * @param threshold in millionths
 * @param metric in millionths
 */
public record Alert(boolean active, long threshold, long metric) {
  byte[] value() {
    return new io.streamgauge.joblib.json.Canonical.Writer()
        .field("active", active ? 1 : 0)
        .field("threshold", threshold)
        .field("value", metric)
        .end();
  }
}
