/**
 * The engine contract as a Java program speaks it: the plan it is started with, the lines it hears
 * on standard input and says on standard output, and its life from hello to stopped. Knows no
 * engine.
 */
package io.streamgauge.joblib.contract;
