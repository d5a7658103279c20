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
}

// result writes an engine's life down for a trial that started at start.
func (l *life) result(start time.Time) result.Lifecycle {
	r := result.Lifecycle{Hello: between(l.started, l.hello), Ready: between(l.started, l.ready), Stop: between(l.asked, l.ended)}
	for _, k := range l.kills {
		r.Recoveries = append(r.Recoveries, result.Recovery{At: int64(k.at.Sub(start)), Down: between(k.at, k.restarted), Hello: between(k.at, k.hello)})
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

// lifecycle is what is known of a trial's. Beside others, readiness cannot be told: probes are sent once all have said hello, so that the
// quickest would be as late as the slowest.
func (b *blockRun) lifecycle(t *trial) result.Lifecycle {
	l := t.life.result(b.started())
	if len(b.trials) > 1 {
		l.Ready = nil
	}
	return l
}

// marks are the trial's start and then the starts after kills, in ns from the trial's start: what was due before and after them
// tells when the engine was at work. A kill after which it did not come back, which can only be the last, has none.
func (l *life) marks(start time.Time) []int64 {
	all := []int64{0}
	for _, k := range l.kills {
		if !k.hello.IsZero() {
			all = append(all, int64(k.restarted.Sub(start)))
		}
	}
	return all
}

// recovered fills in, from when the observations say that each of the marks was reached (-1: never), whether each kill hit an
// engine at work and when it had recovered from it. What an engine says of being ready is not asked: each means something else.
func recovered(all []result.Recovery, reached []int64) {
	for i := range all {
		all[i].AtWork = i < len(reached) && reached[i] >= 0 && reached[i] <= all[i].At
		if next := i + 1; next < len(reached) && reached[next] >= 0 {
			ns := reached[next] - all[i].At
			all[i].Through = &ns
		}
	}
}
