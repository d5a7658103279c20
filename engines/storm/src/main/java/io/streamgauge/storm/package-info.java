/**
 * The adapter of Apache Storm's core: tuples one at a time through spouts and bolts, each
 * acknowledged when all that came of it is written.
 */
package io.streamgauge.storm;
