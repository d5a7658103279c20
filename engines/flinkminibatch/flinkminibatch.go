// Package flinkminibatch describes Flink SQL with mini-batches as an engine. The adapter beside it, in Java, is what runs.
package flinkminibatch

import (
	"github.com/streamgauge/streamgauge/engines"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java()} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "flink-minibatch", Model: "micro-batch", Version: "2.3.0",
		Summary:     "Flink SQL with mini-batch aggregation",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce},
		Deployments: []string{"local"},
		Operators:   engines.Fits(map[string]engines.Fit{"window": engines.Absent}),
		Reasons:     map[string]string{"window": "mini-batches do not touch windows"},
		Visible:     "the end of its mini-batch",
		Timers:      []string{"mini-batch interval"},
		Java:        17,
	}
}

// Java tells how the adapter is built and started.
func Java() engines.Java {
	return engines.Java{
		Module: "flinkminibatch",
		Main:   "io.streamgauge.flinkminibatch.Main",
		Heap:   1 << 30,
	}
}
