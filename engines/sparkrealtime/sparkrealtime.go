// Package sparkrealtime describes Spark's Real-time Mode as an engine. The adapter beside it, in Java, is what runs;
// docs/engines/spark-realtime.md tells how.
package sparkrealtime

import (
	"strings"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/sparkjvm"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java()} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "spark-realtime", Model: "event at a time", Version: "4.3.0",
		Summary:     "Spark Structured Streaming in Real-time Mode: long batches whose records flow; its Kafka connector is 4.2.0, the last released",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce},
		Deployments: []string{"local"},
		Operators:   engines.Fits(engines.Large(map[string]engines.Fit{"window": engines.Adapted})),
		Reasons: map[string]string{"window": "Real-time Mode has update mode alone, in which Spark's window aggregation gives a row for each event and never a " +
			"final one: the keyed state of a device holds its open windows, and event-time timers close them"},
		Visible: "events and alerts: the broker's acknowledgement; windows: when the batch after the one that reached their end begins",
		Timers: []string{
			"batch duration (option batch_duration_ms, 5 s, Spark's least): the watermark moves at its end, so windows wait for that; events wait " +
				"while one batch is written down and the next begins. It moves results in time, never changes them",
			"buffer of the streaming shuffle (1 ms): moves what crosses it in time, never changes it",
		},
		// One for each partition, whatever the parallelism: a task lasts as long as its batch.
		TaskThreads: func(p engines.Plan) int { return slots(p.Job, int(p.Partitions), int(p.Partitions)) },
		Check:       checkSlots,
		Producer:    engines.ClientOptions{Option: "producer"},
		MaxRecord:   110_000_000,
		Java:        17,
	}
}

// Java tells how the adapter is built and started.
func Java() engines.Java {
	return engines.Java{
		Module: "sparkrealtime",
		Main:   "io.streamgauge.sparkrealtime.Main",
		Heap:   3 << 29,
		Copies: 24, // a plain copy of 110 MB records passed in 4 GB; the least that will do is not known
		Flags:  sparkjvm.Flags(),
		First:  []string{"spark-sql-kafka-0-10_2.13-*.jar", "spark-token-provider-kafka-0-10_2.13-*.jar", "kafka-clients-*.jar", "commons-pool2-*.jar"},
		Archive: &engines.Archive{Package: "pyspark", Version: "4.3.0", File: "pyspark-4.3.0.tar.gz", Jars: "pyspark-4.3.0/deps/jars",
			Without: unneeded(), Bytes: 456_000_000},
	}
}

// unneeded are the jars of the archive that streaming queries in one process never load: other ways to start and to ask
// Spark, its libraries for learning and graphs, Hive, Kubernetes.
func unneeded() []string {
	return strings.Fields(`spark-connect_* spark-graphx_* spark-hive* spark-kubernetes_* spark-mllib* spark-pipelines_* spark-repl_* spark-yarn_*
		arpack* algebra_* blas-* breeze* cats-* datanucleus-* derby* hive-beeline-* hive-cli-* hive-common-* hive-exec-* hive-jdbc-*
		hive-metastore-* hive-serde-* hive-service-* hive-shims-* jline-* kubernetes-* lapack-* scala-compiler-* spire* vertx-* volcano-*`)
}
