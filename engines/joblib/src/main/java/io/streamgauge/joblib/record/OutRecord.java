package io.streamgauge.joblib.record;

import java.io.Serializable;

/**
 * A record that a stage writes. Arrays are shared, never changed. It goes to the partition that
 * murmur2 of its key names, which is what Kafka's Java producer does when no partition is given.
 *
 * @param deadLetter true: to the dead-letter topic; false: to the next stage's topic, after the
 *     last stage to the output
 * @param key device id
 * @param value see SEMANTICS.md
 * @param timestamp of the Kafka record: the event time in ms since the Unix epoch, 0 where that is
 *     negative
 * @param names of the headers, in order
 * @param headers their values
 */
public record OutRecord(
    boolean deadLetter, byte[] key, byte[] value, long timestamp, String[] names, byte[][] headers)
    implements Serializable {}
