/**
 * The bytes of a record: headers, identity and hashing, as {@code harness/event/FORMAT.md} draws
 * them. Depends on nothing.
 */
package io.streamgauge.joblib.record;
