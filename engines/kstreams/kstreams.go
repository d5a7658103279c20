// Package kstreams describes Kafka Streams as an engine. The adapter beside it, in Java, is what runs;
// docs/engines/kstreams.md tells how.
package kstreams

import (
	"time"

	"github.com/streamgauge/streamgauge/engines"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java()} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "kstreams", Model: "event at a time", Version: "4.3.1",
		Summary:     "Kafka Streams: one topology, state in changelogged stores, windows of its DSL",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce},
		Deployments: []string{"local"},
		Operators:   engines.Fits(engines.Large(nil)),
		Visible:     "at-least-once: when the broker has it; exactly-once: when the transaction of the commit interval ends",
		Timers:      []string{"commit interval: moves results in time under exactly-once, never changes them"},
		Waits: map[engines.Guarantee]engines.Wait{ // a thread commits what it did for all its stages at once
			engines.ExactlyOnce: {For: engines.CommitInterval, Stages: engines.InStep},
		},
		// Each does all stages of its partitions.
		TaskThreads: func(p engines.Plan) int { return p.Parallelism },

		TransactionTimeout: func(p engines.Plan) time.Duration { return engines.TransactionTimeout(p, 0) },

		Producer:  engines.ClientOptions{Option: "streams", Prefix: "producer."},
		Internal:  engines.ClientOptions{Option: "streams", Prefix: "topic."},
		MaxRecord: 110_000_000,
		Java:      17,
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
