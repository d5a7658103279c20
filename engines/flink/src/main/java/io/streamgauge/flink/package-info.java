/**
 * The adapter of Apache Flink: a job's stages as pipelines of Flink's DataStream API.
 *
 * <p>{@link io.streamgauge.flink.Pipelines} says what the pipelines are: read it first. It builds
 * the same graph for a cluster inside this process ({@link io.streamgauge.flink.InProcess}) and for
 * one that runs elsewhere ({@link io.streamgauge.flink.OverRest}, and {@link
 * io.streamgauge.flink.Submitted} for those who submit it by hand). What the operators of a job do
 * with an event is the library's; reading, writing, exchanging, remembering, windows and recovery
 * are Flink's.
 */
package io.streamgauge.flink;
