/**
 * Flink SQL with mini-batch aggregation under the engine contract: an aggregate is a GROUP BY whose
 * operators take their input in bundles. All else is {@link io.streamgauge.flink}'s.
 */
package io.streamgauge.flinkminibatch;
