package io.streamgauge.flink;

import io.streamgauge.joblib.record.Stamp;

/**
 * What a window needs of an event. Flink carries its event time.
 *
 * @param key device id
 * @param stamp identity and intended time
 * @param metric in millionths
 */
record Sample(byte[] key, Stamp stamp, long metric) {}
