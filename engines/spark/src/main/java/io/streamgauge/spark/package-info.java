/**
 * Spark Structured Streaming, in micro-batches, as an engine. A streaming query is a table that
 * grows: at each trigger Spark writes down up to which offsets it will read, plans the query as one
 * batch over what lies between, runs it, commits state and results, and writes down that it has.
 *
 * <p>A job becomes one application with one query for each stage, and one more for each that has
 * windows, each with a checkpoint of its own:
 *
 * <pre>
 *   stateless        Kafka → mapPartitions → sink
 *   dedupe, detect   Kafka → mapPartitions → shuffle by device → transformWithState → sink
 *   large messages   Kafka → mapPartitions → shuffle by device → transformWithState → sink
 *   window           Kafka → mapPartitions → sink
 *                    Kafka → mapPartitions → watermark → shuffle → aggregate → shuffle → sort → sink
 *   aggregate        Kafka → mapPartitions (dead letters) ──────────────────────────→ union → sink
 *                    Kafka → mapPartitions → aggregate → shuffle → aggregate ───────↗
 * </pre>
 *
 * <p>Order of reading: {@code SparkAdapter} (its life), {@code Queries} (the queries), {@code
 * Stateless} on {@code Each} (rows one by one), {@code Keyed} with {@code Deduplicating}, {@code
 * Detecting} and {@code Receiving} (state of a device), {@code Contributing}, {@code Sums}, {@code
 * Windows} and {@code Totals} (windows, totals), {@code TransactionalWriter}, {@code Lane}, {@code
 * Markers} (exactly once), {@code StageQuery}, {@code Gate}, {@code Progress} (the end), {@code
 * Submission} (on a cluster).
 */
package io.streamgauge.spark;
