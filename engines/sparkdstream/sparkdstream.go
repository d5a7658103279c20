// Package sparkdstream describes Spark Streaming (DStream) as an engine. The adapter beside it, in Java, is what runs;
// docs/engines/spark-dstream.md tells how.
package sparkdstream

import (
	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/sparkjvm"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java(), Cluster: cluster} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "spark-dstream", Model: "micro-batch", Version: "3.5.1",
		Summary:     "Spark Streaming (DStream), Spark's first streaming API: legacy, in its last released version",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce},
		Deployments: []string{engines.DeployLocal, engines.DeployCluster, engines.DeployRemote},
		Addresses:   map[string]string{sparkjvm.Master: sparkjvm.MasterMeans}, CheckAddress: sparkjvm.CheckMaster,
		Operators: engines.Fits(map[string]engines.Fit{"window": engines.Adapted, "scan": engines.Adapted, "reassemble": engines.Adapted}),
		Reasons: map[string]string{"window": "DStream has windows in processing time only: the state that mapWithState keeps for each " +
			"Kafka partition is its watermark and its open windows, and events, heartbeats among them, close them",
			"scan": "a batch comes out of mapWithState at once: what a partition has of it is in memory and goes on with the batch, so the state is of " +
				"fixed size, the batch is not",
			"reassemble": "Spark keeps the states of many batches in memory, and all of a state in each checkpoint: so the state of a message has where " +
				"its chunks lie in the input of the stage, and they are read from Kafka again when the last one has come"},
		Visible: "when its stage has run in its batch: stages run one after the other, batches too",
		Timers:  []string{"batch interval (at least 500 ms): moves results in time, one interval for each stage, never changes them"},
		Waits: map[engines.Guarantee]engines.Wait{ // the ranges of all stages are cut at once; Settings of the adapter has the same least interval
			engines.AtLeastOnce: {For: engines.BatchInterval, Stages: engines.InStep, Shortest: 500, ShortestOption: "min_batch_interval_ms"},
		},
		// Stages run one after the other.
		TaskThreads: func(p engines.Plan) int { return max(1, p.Parallelism) },
		MaxRecord:   110_000_000,
		Java:        17,
	}
}

// cluster describes a master and a worker with as many slots as one process has.
func cluster(s engines.Site) (engines.Cluster, error) {
	return sparkjvm.Cluster(s, max(1, s.Plan.Parallelism), brings()...)
}

// brings are the jars that the application hands over: Submission in the adapter names the same.
func brings() []string {
	return []string{"sparkdstream-*.jar", "joblib-*.jar", "hash4j-*.jar", "spark-streaming-kafka-*.jar", "spark-token-provider-kafka-*.jar",
		"kafka-clients-*.jar"}
}

// Java tells how the adapter is built and started.
func Java() engines.Java {
	return engines.Java{
		Module: "sparkdstream",
		Main:   "io.streamgauge.sparkdstream.Main",
		Heap:   3 << 29,
		Copies: 6,       // a plain copy of records of 110 MB ran within 2 GiB
		Client: 1 << 30, // a driver
		Flags:  sparkjvm.Flags(),
	}
}
