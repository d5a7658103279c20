// Package spark describes Spark Structured Streaming as an engine. The adapter beside it, in Java, is what runs.
package spark

import (
	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/sparkjvm"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java()} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "spark", Model: "micro-batch", Version: "4.2.0",
		Summary:     "Spark Structured Streaming in micro-batches",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce},
		Deployments: []string{"local"},
		Operators:   engines.Fits(map[string]engines.Fit{"aggregate": engines.Absent}),
		Reasons:     map[string]string{"aggregate": "not written yet"},
		Visible:     "the end of its batch",
		Timers:      []string{"batch interval"},
		Java:        17,
	}
}

// Java tells how the adapter is built and started.
func Java() engines.Java {
	return engines.Java{
		Module: "spark",
		Main:   "io.streamgauge.spark.Main",
		Heap:   3 << 29,
		Flags:  sparkjvm.Flags(),
	}
}
