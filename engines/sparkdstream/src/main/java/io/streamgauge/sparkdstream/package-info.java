/**
 * Spark Streaming, the DStream API, as an engine. A DStream is a sequence of RDDs, one for each
 * batch interval, cut by the clock whether or not the batch before has ended; what is written down
 * once, in {@link io.streamgauge.sparkdstream.Topology}, is done to each of them.
 *
 * <p>A job becomes one streaming context with one direct Kafka stream for each stage, so that the
 * stages of one batch run one after the other and a record takes a batch for each hop:
 *
 * <pre>
 *   stateless   Kafka → foreachRDD(foreachPartition: operators, producer)
 *   stateful    Kafka → operators before the state → mapWithState → foreachRDD(foreachPartition: producer)
 *   aggregate   Kafka → operators before the state → reduceByKey → mapWithState → foreachRDD(foreachPartition: producer)
 * </pre>
 *
 * <p>Order of reading: {@code DStreamAdapter} (its life), {@code Topology} (the streams), {@code
 * StatelessStage}, {@code StatefulStage}, the six functions of state {@code DedupeState}, {@code
 * DetectState}, {@code WindowState}, {@code TotalState}, {@code ScanState}, {@code
 * ReassembleState}, {@code Sink}.
 */
package io.streamgauge.sparkdstream;
