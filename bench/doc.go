// Package bench measures the harness itself: what the driver, the collector and the oracle cost, how exactly events leave, and
// whether all stages of first-light keep up. Driver and collector are held against Kafka's own performance tools, in one
// run, in alternating order, on the same broker and topic settings: on shared machines only such ratios travel.
//
// The measurements are Go benchmarks behind the build tag bench, since they take minutes, a Java and a quiet machine;
// scripts/bench runs them, and BENCHMARKS.md says how to read what comes out. Nothing here asserts a speed. The package
// itself, which is what other builds see, only turns benchmark output into that file's table.
package bench
