// Package sparkrealtime describes Spark's Real-time Mode as an engine. The adapter beside it, in Java, is what runs.
package sparkrealtime

import (
	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/sparkjvm"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java()} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "spark-realtime", Model: "event at a time", Version: "4.3.0",
		Summary:     "Spark Structured Streaming in Real-time Mode: long batches whose records flow",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce},
		Deployments: []string{"local"},
		Operators:   engines.Fits(map[string]engines.Fit{"window": engines.Adapted, "aggregate": engines.Absent}),
		Reasons:     map[string]string{"aggregate": "not written yet", "window": "windows in Real-time Mode give updates, not one final result"},
		Visible:     "the broker's acknowledgement",
		Timers:      []string{},
		Java:        17,
	}
}

// Java tells how the adapter is built and started.
func Java() engines.Java {
	return engines.Java{
		Module:  "sparkrealtime",
		Main:    "io.streamgauge.sparkrealtime.Main",
		Heap:    3 << 29,
		Flags:   sparkjvm.Flags(),
		First:   []string{"spark-sql-kafka-0-10_2.13-*.jar", "spark-token-provider-kafka-0-10_2.13-*.jar", "kafka-clients-*.jar", "commons-pool2-*.jar"},
		Archive: &engines.Archive{Package: "pyspark", Version: "4.3.0", File: "pyspark-4.3.0.tar.gz", Jars: "pyspark-4.3.0/deps/jars", Bytes: 456_000_000},
	}
}
