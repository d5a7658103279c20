// Package kstreams describes Kafka Streams as an engine. The adapter beside it, in Java, is what runs.
package kstreams

import (
	"github.com/streamgauge/streamgauge/engines"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java()} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "kstreams", Model: "event at a time", Version: "4.3.1",
		Summary:     "Kafka Streams: the Processor API with state stores",
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
		Module: "kstreams",
		Main:   "io.streamgauge.kstreams.Main",
		Heap:   1 << 30,
	}
}
