// Package spark describes Spark Structured Streaming as an engine. The adapter beside it, in Java, is what runs;
// docs/engines/spark.md tells how.
package spark

import (
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/sparkjvm"
	"github.com/streamgauge/streamgauge/harness/job"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java(), Cluster: cluster} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "spark", Model: "micro-batch", Version: "4.2.0",
		Summary:     "Spark Structured Streaming in micro-batches: a query for each stage and for its windows, keyed state, windows in event time",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce},
		Deployments: []string{engines.DeployLocal, engines.DeployCluster, engines.DeployRemote},
		Addresses:   map[string]string{sparkjvm.Master: sparkjvm.MasterOrYARNMeans}, CheckAddress: sparkjvm.CheckMasterOrYARN,
		Reach:     sparkjvm.ReachMaster,
		Operators: engines.Fits(engines.Large(map[string]engines.Fit{"scan": engines.Adapted})),
		Reasons: map[string]string{"scan": "Spark sorts nothing before a state in a streaming query, so what a device has sent of a batch is in memory at " +
			"once and goes on with the batch: the state is of fixed size, the batch is not"},
		Visible: "at-least-once: when its batch has written it; exactly-once: when its task of the batch has; windows one batch later",
		Timers:  []string{"batch interval: moves results in time, once for each stage, never changes them"},
		Waits: map[engines.Guarantee]engines.Wait{ // all queries begin their batches at multiples of the interval since the epoch
			engines.AtLeastOnce: {For: engines.BatchInterval, Stages: engines.InStep},
			engines.ExactlyOnce: {For: engines.BatchInterval, Stages: engines.InStep},
		},
		TaskThreads: slots,
		Producer:    engines.ClientOptions{Option: "producer"},
		TransactionTimeout: func(p engines.Plan) time.Duration { // 60 s are Kafka's default
			if p.Job.Payloads() {
				return engines.TransactionTimeout(p, 10*time.Minute)
			}
			return engines.TransactionTimeout(p, time.Minute)
		},
		MaxRecord: 110_000_000,
		Java:      17,
	}
}

// slots is one for each task of each query: all run at once.
func slots(p engines.Plan) int { return max(1, p.Parallelism) * queries(p.Job) }

// queries is how many a job comes to: one for each stage, and one for its windows. The adapter counts alike.
func queries(j job.Job) int {
	n := len(j.Stages)
	for _, s := range j.Stages {
		if engines.Has(s, func(o job.Operator) bool { return o.Window != nil }) {
			n++
		}
	}
	return n
}

// cluster describes a master and a worker with a slot for each task of each query, as in one process.
func cluster(s engines.Site) (engines.Cluster, error) {
	return sparkjvm.Cluster(s, slots(s.Plan), brings()...)
}

// brings are the jars that the application hands over: Submission in the adapter names the same.
func brings() []string {
	return []string{"spark-[0-9]*.jar", "joblib-*.jar", "hash4j-*.jar", "spark-sql-kafka-*.jar", "spark-token-provider-kafka-*.jar",
		"kafka-clients-*.jar", "commons-pool2-*.jar"}
}

// Java tells how the adapter is built and started.
func Java() engines.Java {
	return engines.Java{
		Module: "spark",
		Main:   "io.streamgauge.spark.Main",
		Heap:   3 << 29,
		Copies: 24,      // a plain copy of records of 110 MB ran within 4 GiB and not within 1: rows hold each several times
		Failed: 9,       // of 110 MB in 1 GiB
		Client: 1 << 30, // a driver
		Flags:  sparkjvm.Flags(),
	}
}
