/** Readings as JSON: the decoder of the contract, and canonical JSON. Knows no engine. */
package io.streamgauge.joblib.json;
