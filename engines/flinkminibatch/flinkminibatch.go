// Package flinkminibatch describes Flink SQL with mini-batch aggregation as an engine. The adapter beside it, in Java, is what
// runs; docs/engines/flink-minibatch.md tells how.
package flinkminibatch

import (
	"time"

	"github.com/streamgauge/streamgauge/engines"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java()} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	absent := map[string]string{
		"window": "mini-batches do not touch windows: Flink's window functions in SQL give one result each, with or without",
		"dedupe": "deduplication in SQL keeps the first row by time, for ever or for a time to live, not by the last 1,024 sequences",
		"detect": "no aggregate gives an alert for a single event: a batch would hide crossings within it",
		"encode": "a job that ends with its events would be run event at a time: mini-batches touch aggregates alone",
	}
	fits := map[string]engines.Fit{}
	for name := range absent {
		fits[name] = engines.Absent
	}
	return engines.Descriptor{
		Name: "flink-minibatch", Model: "micro-batch", Version: "2.3.0",
		Summary:     "Flink SQL with mini-batches: a GROUP BY whose operators take their input in bundles",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce},
		Deployments: []string{engines.DeployLocal},
		Operators:   engines.Fits(fits),
		Reasons:     absent,
		Visible: "at-least-once: when the broker has it, at the end of a mini-batch; exactly-once: when the checkpoint of the commit" +
			" interval is complete",
		Timers: []string{
			"mini-batch (batch interval): says when updates come and of which prefixes, never what they say",
			"checkpoint (commit interval): ends a mini-batch before its time",
			"buffer timeout (1 ms): moves what crosses an exchange by key in time, never changes it",
		},
		Waits: map[engines.Guarantee]engines.Wait{
			// Only the aggregate at the end is in batches, and a checkpoint ends one before its time.
			engines.AtLeastOnce: {For: engines.EitherInterval, Stages: engines.Independent, LastStageOnly: true},
			// The checkpoint that commits an update has ended its batch.
			engines.ExactlyOnce: {For: engines.CommitInterval, Stages: engines.InStep, Shortest: 10},
		},
		// As of flink.
		TransactionTimeout: func(p engines.Plan) time.Duration { return engines.TransactionTimeout(p, 15*time.Minute) },

		Producer: engines.ClientOptions{Option: "producer"},
		Java:     17,
	}
}

// Java tells how the adapter is built and started.
func Java() engines.Java {
	return engines.Java{
		Module: "flinkminibatch",
		Main:   "io.streamgauge.flinkminibatch.Main",
		Heap:   1 << 30,
		Copies: 6, // as of flink, whose way a record takes
	}
}
