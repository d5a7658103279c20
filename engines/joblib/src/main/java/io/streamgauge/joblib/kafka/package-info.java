/**
 * What all engines do alike with Kafka's own client: settings that are equal so that engines differ
 * in their models only, reading the registry, and finding ends for a drain. Knows no engine.
 */
package io.streamgauge.joblib.kafka;
