package collector

import (
	"time"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
)

// Closer is an event that moves a partition's watermark to Watermark, ms since the epoch, and was due at Intended, ns from
// the trial's start.
type Closer struct {
	Watermark int64
	Intended  int64
}

// AnalysisConfig says which observations to analyse and what the other witnesses of the trial know. Times are ns from the
// trial's start unless they say otherwise.
type AnalysisConfig struct {
	Trial    string
	Instance string
	Dir      string // observations
	HistDir  string // where .hlog files go, must exist; "" writes none
	Start    time.Time
	Phases   []result.Phase // ascending, disjoint
	// Unanswered are the events that must have an event as answer and have none, from the oracle. They are censored: each
	// took at least until EndNS. Heartbeats and probes in it are passed over.
	Unanswered []event.Stamp
	// Closers, by partition, ascending in both fields: from the oracle. Nil: close delay is not measured.
	Closers    map[int32][]Closer
	Lateness   time.Duration // of event time
	WindowSize time.Duration // of event time
	EndNS      int64         // when observation ended
	Stages     []string      // names of the job's stages, in order; the last one writes the output
	// Due counts, per DueStep from the trial's start, the real events that must have an event or a dead letter as answer.
	// Nil: rates, backlog and the checks that need them are not measured.
	Due     []int64
	DueStep time.Duration // 0: one second; Little's law needs 10 ms or so
	// BatchInterval is the engine's, 0 for event at a time: phases of intended times modulo it are checked.
	BatchInterval time.Duration
	// LogAppend says that output topics carry the broker's append time.
	LogAppend bool
}

// Analysis is what the observations of one instance say.
type Analysis struct {
	// Latency holds the headline distributions of the measure phase by metric: response (events answered by events) and,
	// where it was measured, close_delay. A service time needs the input's append time, which topics with CreateTime do not
	// carry, so there is none.
	Latency       map[string]*result.Latency
	Distributions []result.Distribution
	Series        []result.Series
	Checks        []result.Check
	Answered      map[string]int64 // real events with an event as answer, by the phase they were due in
	AchievedRate  float64          // answers to the measure phase's events per second
	Duplicates    int64            // outputs and dead letters whose identity had been seen before
	CanaryP99     *int64           // of heartbeats due in the measure phase, ns; nil with too few
}

// Analyse reads the observations of one instance and computes what they say. Memory grows with seconds and devices, and by
// one bit for each event. Errors: unreadable or damaged files (ErrFormat), files that disagree about the trial's start, a
// start that was never known, .hlog files that cannot be written.
func Analyse(cfg AnalysisConfig) (Analysis, error) {
	return Analysis{}, nil
}
