// Package storm describes Apache Storm's core as an engine. The adapter beside it, in Java, is what runs.
package storm

import (
	"github.com/streamgauge/streamgauge/engines"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java()} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "storm", Model: "event at a time", Version: "2.8.3",
		Summary:     "Storm core: spouts and bolts, each tuple acknowledged",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce},
		Deployments: []string{"local"},
		Operators:   engines.Fits(nil),
		Visible:     "the broker's acknowledgement",
		Timers:      []string{},
		Java:        17,
	}
}

// Java tells how the adapter is built and started.
func Java() engines.Java {
	return engines.Java{
		Module: "storm",
		Main:   "io.streamgauge.storm.Main",
		Heap:   1 << 30,
	}
}
