// Package storm describes Apache Storm's core as an engine. The adapter beside it, in Java, is what runs;
// docs/engines/storm.md tells how.
package storm

import (
	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/stormcluster"
	"github.com/streamgauge/streamgauge/harness/job"
)

// New describes the engine.
func New() engines.JVM { return engines.JVM{Descriptor: Descriptor(), Java: Java(), Cluster: Cluster} }

// Descriptor tells what the engine can do.
func Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "storm", Model: "event at a time", Version: "2.8.3",
		Summary:     "Storm core: spouts and bolts, each tuple acknowledged; stateful and windowed bolts under checkpoints",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce},
		Deployments: []string{engines.DeployLocal, engines.DeployCluster, engines.DeployRemote},
		Addresses:   stormcluster.Addresses(), CheckAddress: stormcluster.CheckAddress,
		Operators: engines.Fits(map[string]engines.Fit{"window": engines.Adapted, "scan": engines.Native}),
		Reasons: map[string]string{"reassemble": "Storm's checkpoints are not tied to offsets, so a bolt answers a record that comes again from what it has " +
			"kept of as many records as may come again (200,000 by default): that would be whole messages, in memory and in each bolt's journal",
			"window": "Storm calls a tuple late by its own time, whichever of its windows are open, and does not write its " +
				"watermark down: so its persistent windowed bolt is given the clock at which an event came, which is checkpointed state, in windows " +
				"longer by the lateness, of which the bolt takes what belongs to them"},
		Visible: "the broker's acknowledgement",
		Timers: []string{
			"watermark interval (option watermark_interval_ms, 20 ms): moves window results in time, never changes them",
			"a bolt without tuples looks for new ones each 1 ms: moves results in time, never changes them",
		},
		// Executors of spouts and bolts.
		TaskThreads: func(p engines.Plan) int {
			return engines.StageTasks(p, func(s job.Stage) int {
				if engines.Has(s, func(o job.Operator) bool { return o.Window != nil }) {
					return 3
				}
				return 2
			})
		},
		MaxRecord: 110_000_000,
		Java:      17,
	}
}

// Java tells how the adapter is built and started.
func Java() engines.Java {
	return engines.Java{
		Module: "storm",
		Main:   "io.streamgauge.storm.Main",
		Heap:   1 << 30,
		Copies: 10, // records of 110 MB ran out of 1 GiB, and through 2.2 GB
		Failed: 9,
		Client: 256 << 20,
		// Kryo, with which Storm writes persistent windows down, looks into an AtomicInteger.
		Flags: []string{"--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED"},
	}
}

// Cluster describes Storm's daemons for a plan.
func Cluster(s engines.Site) (engines.Cluster, error) { return stormcluster.Describe(s) }
