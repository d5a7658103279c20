// Package trident describes Storm Trident as an engine. The adapter beside it, in Java, is what runs.
package trident

import (
	"github.com/streamgauge/streamgauge/engines"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java()} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "trident", Model: "micro-batch", Version: "2.8.3",
		Summary:     "Storm Trident: transactional batches over Storm",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce},
		Deployments: []string{"local"},
		Operators:   engines.Fits(map[string]engines.Fit{"window": engines.Adapted}),
		Reasons:     map[string]string{"window": "Trident has no windows in event time: a state per partition holds the watermark and the open windows"},
		Visible:     "the end of its batch",
		Timers:      []string{"batch interval"},
		Java:        17,
	}
}

// Java tells how the adapter is built and started.
func Java() engines.Java {
	return engines.Java{
		Module: "trident",
		Main:   "io.streamgauge.trident.Main",
		Heap:   1 << 30,
	}
}
