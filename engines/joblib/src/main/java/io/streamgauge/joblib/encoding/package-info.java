/**
 * Encodings of messages other than JSON, by SEMANTICS.md section 3.1. They are the contract's own
 * code in every engine, as the JSON decoder is: what a damaged message is called is the same to the
 * bit in every language, which no two libraries agree on. What a job's encode writes is here too,
 * to the byte.
 */
package io.streamgauge.joblib.encoding;
