/**
 * Spark Structured Streaming in Real-time Mode. What a stage does with a record is the code of the
 * micro-batch adapter, {@code io.streamgauge.spark}: one API, another trigger. Its own are windows,
 * which are final results by timers because Real-time Mode knows update mode only, and the slots
 * that its queries must have. Start reading at {@link io.streamgauge.sparkrealtime.Queries}.
 */
package io.streamgauge.sparkrealtime;
