package harness

import (
	"time"

	"github.com/streamgauge/streamgauge/engines"
)

// policyFloor is the latency that waiting for commits or batches costs by design, on average, if work took no time: of h hops at
// an interval of I, h × I / 2 where the timers of the stages know nothing of each other, and (h - 1/2) × I where they go off
// at the same instants: events come to the first hop at any time, results to the others just after they have begun.
func policyFloor(in instance, g engines.Guarantee, hops int) time.Duration {
	w := in.desc.Waits[g]
	if w.For == "" || hops == 0 {
		return 0
	}
	first, next := in.wait(w)
	if w.LastStageOnly {
		return first
	}
	return first + time.Duration(hops-1)*next
}

// wait is the time that a result waits at a job's first hop and at each further one, on average.
func (in instance) wait(w engines.Wait) (first, next time.Duration) {
	batch, commit := in.settings.BatchInterval.Duration(), in.settings.CommitInterval.Duration()
	interval := batch
	switch w.For {
	case engines.CommitInterval:
		interval = commit
	case engines.EitherInterval:
		// Neither has gone off at t with probability (1 - t/batch)(1 - t/commit): its integral.
		short, long := min(batch, commit), max(batch, commit)
		first = short/2 - time.Duration(float64(short)*float64(short)/float64(6*long))
		return first, first
	}
	if interval = max(interval, w.Least(in.settings.Options)); w.Stages == engines.InStep {
		return interval / 2, interval
	}
	return interval / 2, interval / 2
}

// interval is the longest that an instance lets a record wait at a hop: the scenario's intervals, or the engine's least one if that is
// longer.
func (in instance) interval(g engines.Guarantee) time.Duration {
	return max(in.settings.BatchInterval.Duration(), in.settings.CommitInterval.Duration(), in.desc.Waits[g].Least(in.settings.Options))
}

// longestInterval is that of all instances.
func (r *run) longestInterval() time.Duration {
	var longest time.Duration
	for _, in := range r.instances() {
		longest = max(longest, in.interval(r.guarantee(in)))
	}
	return longest
}

// batchInterval is how often an instance begins a batch; 0 for engines that have none.
func (in instance) batchInterval(g engines.Guarantee) time.Duration {
	if in.desc.Model != "micro-batch" {
		return 0
	}
	batch := in.settings.BatchInterval.Duration()
	if w := in.desc.Waits[g]; w.For == engines.BatchInterval {
		return max(batch, w.Least(in.settings.Options))
	}
	return batch
}

// timer is the interval at whose instants an instance gives its results: of batches, or of commits where they wait for those; 0 where
// they wait for neither.
func (in instance) timer(g engines.Guarantee) time.Duration {
	if w := in.desc.Waits[g]; w.For == engines.CommitInterval {
		return max(in.settings.CommitInterval.Duration(), w.Least(in.settings.Options))
	}
	return in.batchInterval(g)
}
