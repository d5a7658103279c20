package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.json.Canonical;

/**
 * A crossing of a threshold.
 *
 * @param active whether the alarm begins; it ends otherwise
 * @param threshold in millionths
 * @param metric in millionths
 */
public record Alert(boolean active, long threshold, long metric) {
  byte[] value() {
    return new Canonical.Writer()
        .field("active", active ? 1 : 0)
        .field("threshold", threshold)
        .field("value", metric)
        .end();
  }
}
