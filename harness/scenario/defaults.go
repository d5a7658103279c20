package scenario

import (
	"time"

	"github.com/streamgauge/streamgauge/harness/job"
)

// The defaults of settings that a scenario leaves out. Default holds the others.
const (
	DefaultPartitions     = 2
	DefaultCommitInterval = job.Millis(100)
	DefaultBatchInterval  = job.Millis(500) // of engines that work in batches
	DefaultSendDelayP99   = Span(5 * time.Millisecond)
	DefaultRateError      = Share(0.001)
	DefaultWarmup         = job.Millis(8_000)
	DefaultMeasure        = job.Millis(25_000)
	DefaultDrain          = job.Millis(15_000)
	DefaultReady          = job.Millis(120_000)
	DefaultDrainWithin    = job.Millis(60_000)
	DefaultStop           = job.Millis(30_000)
	DefaultEncoding       = "json"
	DefaultDevices        = 1000
)

// Names of settings that are not free.
const (
	SideBySide = "side-by-side"
	Isolated   = "isolated"

	AtLeastOnce = "at-least-once"
	ExactlyOnce = "exactly-once"

	Constant  = "constant"
	Poisson   = "poisson"
	Recorded  = "recorded"
	Prefilled = "prefilled" // the input lies ready before the engine starts: a drain rate, and no response times

	Floor    = "null"     // the engine that copies
	External = "external" // the engine that is any program of the user's
)

// Default is what a scenario file is read on top of. Engines' settings depend on others and are filled in by Read:
// parallelism is the number of partitions, the commit interval DefaultCommitInterval, the batch interval of engines that
// have one DefaultBatchInterval, the guarantee the scenario's.
func Default() Scenario {
	return Scenario{
		Placement:   SideBySide,
		Repetitions: 1,
		Seed:        1,
		Stream: Stream{
			Encoding: DefaultEncoding,
			Devices:  DefaultDevices,
			EventTime: EventTime{
				Start: time.Date(2020, 7, 13, 0, 0, 0, 0, time.UTC),
				Speed: 1,
			},
		},
		Load:      Load{Profile: Constant, Warmup: DefaultWarmup, Measure: DefaultMeasure, Drain: DefaultDrain},
		Broker:    Broker{Kind: "embedded", Nodes: 1, Partitions: DefaultPartitions},
		Guarantee: AtLeastOnce,
		Engines:   map[string]Engine{},
		Floor:     true,
		Limits:    Limits{SendDelayP99: DefaultSendDelayP99, RateError: DefaultRateError},
		Deadlines: Deadlines{Ready: DefaultReady, Drain: DefaultDrainWithin, Stop: DefaultStop},
		Observe:   Observe{Stages: true},
	}
}
