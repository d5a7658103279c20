// Package trident describes Storm Trident as an engine. The adapter beside it, in Java, is what runs; docs/engines/trident.md
// tells how.
package trident

import (
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/stormcluster"
	"github.com/streamgauge/streamgauge/harness/job"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java(), Cluster: Cluster} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "trident", Model: "micro-batch", Version: "2.8.3",
		Summary:     "Storm Trident: batches with transaction ids over Storm, state that keeps them",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce},
		Deployments: []string{engines.DeployLocal, engines.DeployCluster, engines.DeployRemote},
		Addresses:   stormcluster.Addresses(), CheckAddress: stormcluster.CheckAddress,
		Operators: engines.Fits(engines.Large(map[string]engines.Fit{"window": engines.Adapted, "scan": engines.Adapted})),
		Reasons: map[string]string{
			"window": "Trident has windows of processing time and of counts only: a Trident state per" +
				" partition holds the watermark and the open windows, and events close them",
			"scan": "partitionPersist gathers the tuples of a batch and hands them to the state when all have come: the state is of fixed size, what" +
				" one fetch has brought for the batch is in memory beside it, and chunks go on with the batch",
		},
		Visible: "at-least-once: when the broker has it, while its batch commits; exactly-once: when the transaction of its batch is committed",
		Timers: []string{"batch interval: moves results in time, never changes them",
			"poll timeout (200 ms): how long a batch waits for its first record; moves results in time"},
		Waits: map[engines.Guarantee]engines.Wait{ // each stage's stream has a coordinator of its own, whose clock begins anew with each batch
			engines.AtLeastOnce: {For: engines.BatchInterval, Stages: engines.Independent},
			engines.ExactlyOnce: {For: engines.BatchInterval, Stages: engines.Independent},
		},
		// Executors of spouts, and of what is behind them.
		TaskThreads: func(p engines.Plan) int { return engines.StageTasks(p, func(job.Stage) int { return 2 }) },
		TransactionTimeout: func(p engines.Plan) time.Duration {
			if p.Job.Payloads() {
				return engines.TransactionTimeout(p, 10*time.Minute)
			}
			return engines.TransactionTimeout(p, 0)
		},
		MaxRecord: 110_000_000,
		Java:      17,
	}
}

// Java tells how the adapter is built and started.
func Java() engines.Java {
	return engines.Java{
		Module: "trident",
		Main:   "io.streamgauge.trident.Main",
		Heap:   1 << 30,
		Client: 256 << 20,
		// Counted, for four stages and two tasks: each spout has a large record in the fetch and as it is returned, and all
		// stages but the last have it in a producer. Kafka's eight consumers and six producers keep a buffer of its size outside the heap
		// besides, which may be as much as the heap is.
		Copies: 22,
		Failed: 9, // of 110 MB in 1 GiB: no room for the tenth buffer outside the heap
	}
}

// Cluster describes Storm's daemons for a plan.
func Cluster(s engines.Site) (engines.Cluster, error) { return stormcluster.Describe(s) }
