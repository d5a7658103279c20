// Package sparkdstream describes Spark Streaming (DStream) as an engine. The adapter beside it, in Java, is what runs;
// docs/engines/spark-dstream.md tells how.
package sparkdstream

import (
	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/sparkjvm"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java()} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "spark-dstream", Model: "micro-batch", Version: "3.5.1",
		Summary:     "Spark Streaming (DStream), Spark's first streaming API: legacy, in its last released version",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce},
		Deployments: []string{"local"},
		Operators:   engines.Fits(map[string]engines.Fit{"window": engines.Adapted, "aggregate": engines.Absent}),
		Reasons: map[string]string{"aggregate": "not written yet", "window": "DStream has windows in processing time only: the state that mapWithState keeps for each " +
			"Kafka partition is its watermark and its open windows, and events, heartbeats among them, close them"},
		Visible: "when its stage has run in its batch: stages run one after the other, batches too",
		Timers:  []string{"batch interval (at least 500 ms): moves results in time, one interval for each stage, never changes them"},
		Java:    17,
	}
}

// Java tells how the adapter is built and started.
func Java() engines.Java {
	return engines.Java{
		Module: "sparkdstream",
		Main:   "io.streamgauge.sparkdstream.Main",
		Heap:   3 << 29,
		Flags:  sparkjvm.Flags(),
	}
}
