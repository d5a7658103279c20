// Package flink describes Apache Flink as an engine. The adapter beside it, in Java, is what runs; docs/engines/flink.md
// tells how.
package flink

import (
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java(), Cluster: Cluster} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "flink", Model: "event at a time", Version: "2.3.0",
		Summary:     "Flink's DataStream API: keyed state, event-time windows, checkpoints",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce},
		Deployments: []string{engines.DeployLocal, engines.DeployCluster, engines.DeployRemote},
		Addresses:   map[string]string{"rest": "the URL of the job manager's REST interface, such as http://host:8081"}, CheckAddress: checkREST,
		Operators: engines.Fits(engines.Large(nil)),
		Visible:   "at-least-once: when the broker has it; exactly-once: when the checkpoint of the commit interval is complete",
		Timers: []string{
			"checkpoint (commit interval): moves results in time under exactly-once, never changes them",
			"buffer timeout (1 ms): moves what crosses an exchange by key in time, never changes it",
		},
		Waits: map[engines.Guarantee]engines.Wait{ // all stages are one job, and in one checkpoint; Flink takes none closer than 10 ms
			engines.ExactlyOnce: {For: engines.CommitInterval, Stages: engines.InStep, Shortest: 10},
		},
		// What is behind an exchange by key is a task of its own.
		TaskThreads: func(p engines.Plan) int {
			return engines.StageTasks(p, func(s job.Stage) int {
				if engines.Has(s, job.Operator.Stateful) {
					return 2
				}
				return 1
			})
		},
		// The most that a broker allows by default: of a transaction that is aborted before it is committed the records are lost.
		TransactionTimeout: func(p engines.Plan) time.Duration { return engines.TransactionTimeout(p, 15*time.Minute) },

		MaxRecord: 110_000_000,
		Producer:  engines.ClientOptions{Option: "producer"},
		Java:      17,
	}
}

// Java tells how the adapter is built and started.
func Java() engines.Java {
	return engines.Java{
		Module: "flink",
		Main:   "io.streamgauge.flink.Main",
		Heap:   1 << 30,
		Client: clientMemory << 20,
		Copies: 6, // records of 110 MB were read and handed to the producer within 1 GiB
	}
}
