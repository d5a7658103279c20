package harness

import (
	"time"

	"github.com/streamgauge/streamgauge/harness/result"
)

// life is when the steps of an engine's life were seen. Each field is written by the one goroutine that takes the step, and
// read when all have ended.
type life struct {
	started, hello, ready time.Time
	asked, ended          time.Time // to drain
	kills                 []kill
}

// kill is a SIGKILL with what came after it; zero times: it did not come.
type kill struct {
	at, restarted, hello time.Time
	atWork               bool // it hit an engine that had said ready
}

// result writes an engine's life down for a trial that started at start.
func (l *life) result(start time.Time) result.Lifecycle {
	r := result.Lifecycle{Hello: between(l.started, l.hello), Ready: between(l.started, l.ready), Stop: between(l.asked, l.ended)}
	for _, k := range l.kills {
		r.Recoveries = append(r.Recoveries, result.Recovery{At: int64(k.at.Sub(start)), AtWork: k.atWork, Down: between(k.at, k.restarted),
			Hello: between(k.at, k.hello)})
	}
	return r
}

// between is the time from one step to another, nil if either was not taken.
func between(from, to time.Time) *int64 {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	ns := int64(to.Sub(from))
	return &ns
}

// marks are the starts after kills, in ns from the trial's start: what was due from then on tells of the recovery. A kill after
// which the engine did not come back, which can only be the last, has none.
func (l *life) marks(start time.Time) []int64 {
	var all []int64
	for _, k := range l.kills {
		if !k.hello.IsZero() {
			all = append(all, int64(k.restarted.Sub(start)))
		}
	}
	return all
}

// recovered fills in when each recovery was complete, from what the observations say; -1: never.
func recovered(all []result.Recovery, reached []int64) {
	for i := range all {
		if i < len(reached) && reached[i] >= 0 {
			ns := reached[i] - all[i].At
			all[i].Through = &ns
		}
	}
}
