/**
 * Spark Structured Streaming, in micro-batches, as an engine. Begin reading here.
 *
 * <p>A streaming query is a plan over a table that grows, a {@code Dataset}. At each trigger Spark
 * writes down up to which offsets batch N reads ({@code offsets/N} in the query's checkpoint),
 * plans the query as one batch over what lies between, and runs it, a task for each partition.
 * Tasks commit their part of the keyed state under the batch's number. When all have ended, Spark
 * writes down that the batch is done ({@code commits/N}). All that is Spark's, as are reading,
 * shuffles, state stores, the watermark and windows. Ours are what a task does with a row, writing
 * exactly once, and the end.
 *
 * <p>A job is one application with a query for each stage, and one more for a stage's windows, each
 * with a checkpoint of its own ({@code Queries}). An event of job {@code alert} on its way:
 *
 * <pre>
 * input    → Stateless: decode, validate                                            → sink
 * stage 1  → Keying ⇒ Deduplicating: drops what came before                         → sink
 * stage 2  → Stateless: enrich, calibrate                                           → sink
 * stage 3  → Keying ⇒ Detecting: the event, its alert                               → sink
 * stage 4  → Stateless: its answer; alerts pass                                     → sink
 *          → Contributing: time, metric → Windows: watermark ⇒ Sums ⇒ in order      → sink
 * output
 *
 * →  in the same task       ⇒  a shuffle: all rows of a device to one task
 * sink: at least once Spark's own for Kafka; exactly once a TransactionalWriter on a Lane
 * </pre>
 *
 * <p>No record is acknowledged by itself: a batch's offsets stand before it, and {@code commits/N}
 * behind it. At least once, answers can be read when their task has written them. Exactly once,
 * what a task writes is a transaction, in which a record ({@code Markers}) says which batch it was.
 *
 * <p>After a SIGKILL Spark runs the batch without {@code commits/N} again: the same records, on the
 * state that the batch before has left, and the same rows. At least once what was written before
 * comes twice. Exactly once a lane that has committed batch N drops its rows; what a former life
 * has left open is ended at the start.
 *
 * <p>Time is the header {@code sgt} alone. The watermark of a query is the highest event time of
 * the batches before, all partitions together, less the lateness, and stands in {@code offsets/N}.
 * So how the stream was cut into batches decides when a window closes and which late events it
 * still has, and a batch that comes again closes the same.
 *
 * <p>To drain, {@code StageQuery} lets a query read to the end of its topic and then stops it,
 * stage by stage. To stop, a {@code Gate} holds the first tasks of each batch that has not begun,
 * {@code Progress} tells when the one at hand has ended, and the query is stopped with nothing half
 * written. A batch that Spark runs for windows alone reads nothing, and is held where it would give
 * them. The gate has no say in executors of a cluster: what is cut off there comes again.
 *
 * <p>Order of reading:
 *
 * <ol>
 *   <li>{@code Main}, {@code Application}, {@code SparkAdapter}: the application's life.
 *   <li>{@code Queries}; {@code StageRef}, {@code Answering}, {@code Columns}: what becomes of a
 *       stage, and what rows are.
 *   <li>{@code Each}, {@code Stateless}: rows one by one.
 *   <li>{@code Keying}, {@code Keyed}, {@code KeyedOperator}, {@code Deduplicating}, {@code
 *       Detecting}, and {@code Receiving} with {@code Gathered}: state of a device.
 *   <li>{@code Contributing}, {@code Sums}, {@code Windows}, {@code Totals}: Spark's aggregation.
 *   <li>{@code TransactionalWriter}, {@code Lane}, {@code Committed}, {@code Markers}: exactly
 *       once.
 *   <li>{@code StageQuery}, {@code Gate}, {@code Progress}, {@code BatchFigures}: the end, and what
 *       is told.
 *   <li>{@code Settings}, {@code Reserved}, {@code LocalFiles}, {@code Scratch}, {@code
 *       Submission}: settings, files, a cluster.
 * </ol>
 */
package io.streamgauge.spark;
