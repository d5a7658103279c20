/**
 * The operators of a job as pure functions, and the state they need, for engines to hang into their own means: keyed
 * state, windows and timers are the engine's. SEMANTICS.md says to the bit what each does. Knows no engine and no Kafka.
 *
 * <p>An engine compiles each stage once ({@link io.streamgauge.joblib.operator.Stage}), takes a record apart with
 * {@code arrive}, runs {@code before} the stateful operator, the operator itself on the state it keeps for the event's
 * owner, {@code after} behind it, and writes what {@code answer}, {@code deadLetter}, {@code alert} and {@code window} give.
 */
package io.streamgauge.joblib.operator;
