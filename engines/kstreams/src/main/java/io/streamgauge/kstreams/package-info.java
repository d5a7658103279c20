/**
 * The adapter of Kafka Streams. {@link io.streamgauge.kstreams.JobTopology} is the job as a
 * topology and the place to begin reading; {@link io.streamgauge.kstreams.StreamsAdapter} runs it
 * under the contract.
 */
package io.streamgauge.kstreams;
