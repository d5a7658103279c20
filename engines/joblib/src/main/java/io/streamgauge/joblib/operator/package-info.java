/**
 * The operators of a job as pure functions, and the state they need, for engines to hang into their
 * own means: keyed state, windows and timers are the engine's. SEMANTICS.md says to the bit what
 * each does. Knows no engine and no Kafka.
 *
 * <p>An engine compiles each stage once ({@link io.streamgauge.joblib.operator.Stage}), takes a
 * record apart with {@code arrive}, runs {@code before} the stateful operator, the operator itself
 * on the state it keeps for the event's owner, {@code after} behind it, and writes what these give,
 * in this order: {@code answer} for the event, {@code alert} (also where the event is dropped or
 * refused behind detect), {@code window} for each window that has become final. What {@code arrive}
 * does not take is a result of an earlier stage, which {@code pass} sends on, or a foreign record.
 *
 * <p>State belongs to {@link io.streamgauge.joblib.operator.Event#owner()}, not to the record's
 * key. The watermark of a window is moved by every event that comes to it, by one without the
 * metric too, and only after the event itself: so an event never finds its own window closed by
 * itself.
 */
package io.streamgauge.joblib.operator;
