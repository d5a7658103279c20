package engines

import (
	"fmt"
	"strconv"
	"time"
)

// Wait is what a result waits for by design, before the next stage or a reader can see it: a timer, however quick the engine is.
type Wait struct {
	For    Timer  `json:"for"`
	Stages Timing `json:"stages"`
	// LastStageOnly: results of the stages before it wait for nothing.
	LastStageOnly bool `json:"last_stage_only,omitempty"`
	// Shortest is the least interval that the engine works with, ms, whatever the scenario says; 0: there is none.
	Shortest int64 `json:"shortest_ms,omitempty"`
	// ShortestOption is the engine's option that sets Shortest; empty: none does.
	ShortestOption string `json:"shortest_option,omitempty"`
}

// Least is the least interval that the engine works with under these options of its own, 0 for none. A value of ShortestOption that is
// no number is the engine's to refuse.
func (w Wait) Least(options map[string]any) time.Duration {
	ms := w.Shortest
	if v, ok := options[w.ShortestOption]; ok {
		if n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64); err == nil {
			ms = n
		}
	}
	return time.Duration(ms) * time.Millisecond
}

// Timer is one that goes off at an interval of the scenario.
type Timer string

// The timers. EitherInterval is two that know nothing of each other: results wait for what comes first.
const (
	BatchInterval  Timer = "batch interval"
	CommitInterval Timer = "commit interval"
	EitherInterval Timer = "batch or commit interval"
)

// Timing says how the timers of a job's stages go off.
type Timing string

// The timings. In step, all go off at the same instants: what a stage gives comes just after the next one has begun, and
// waits a whole interval. Of independent ones it waits half an interval, on average.
const (
	InStep      Timing = "in step"
	Independent Timing = "independent"
)

// String is for people, such as "batch interval, in step".
func (w Wait) String() string {
	switch {
	case w.For == "":
		return "nothing"
	case w.LastStageOnly:
		return fmt.Sprintf("%s, last stage only", w.For)
	}
	return fmt.Sprintf("%s, %s", w.For, w.Stages)
}
