package collector

import (
	"math"
	"time"

	"github.com/streamgauge/streamgauge/harness/latency"
	"github.com/streamgauge/streamgauge/harness/result"
)

// flow counts real events that were finished, by an event or a dead letter, second by second of the trial.
type flow struct {
	end      int64   // ns
	finished []int64 // by second received
	// oldest[b] is the least intended time of events that were unanswered at the end of second b and no longer at the next;
	// the suffix minimum is then the oldest unanswered one at each end. It costs one comparison for each event, however long it waited.
	oldest  []int64
	forever int64 // least intended time of events never answered
}

func newFlow(end int64) *flow { return &flow{end: end, forever: math.MaxInt64} }

// finish counts one event.
func (f *flow) finish(intended, received int64) {
	if received < 0 {
		return // a fault of the clock; the negative latency tells
	}
	s := int(received / int64(time.Second))
	for len(f.finished) <= s {
		f.finished = append(f.finished, 0)
		f.oldest = append(f.oldest, math.MaxInt64)
	}
	f.finished[s]++
	if s > 0 && intended >= 0 {
		f.oldest[s-1] = min(f.oldest[s-1], intended) // it was unanswered when second s-1 ended, if it was due
	}
}

func (f *flow) never(intended int64) { f.forever = min(f.forever, intended) }

// series gives rates, backlog and its age. due counts by second.
func (f *flow) series(cfg *AnalysisConfig, due []int64) []result.Series {
	n := max(int(f.end/int64(time.Second)), 0)
	oldest := f.ages(n)
	offered, achieved := newSeries(cfg, "offered_rate", "1/s"), newSeries(cfg, "achieved_rate", "1/s")
	backlog, age := newSeries(cfg, "backlog", "events"), newSeries(cfg, "backlog_age", "ns")
	var in, out int64
	for s := range n {
		t, end := float64(s), float64(s+1) // rates are of a second, the backlog is at its end
		out += at(f.finished, s)
		achieved.Points = append(achieved.Points, result.Point{T: t, V: float64(at(f.finished, s))})
		age.Points = append(age.Points, result.Point{T: end, V: float64(oldest[s])})
		if due == nil {
			continue
		}
		in += at(due, s)
		offered.Points = append(offered.Points, result.Point{T: t, V: float64(at(due, s))})
		backlog.Points = append(backlog.Points, result.Point{T: end, V: float64(in - out)})
	}
	all := []result.Series{achieved, age}
	if due != nil {
		all = append(all, offered, backlog)
	}
	return all
}

func newSeries(cfg *AnalysisConfig, name, unit string) result.Series {
	return result.Series{Trial: cfg.Trial, Name: name, Unit: unit, Start: cfg.Start, Points: []result.Point{}}
}

// ages is the age of the oldest unanswered event at the end of each of n seconds, in ns.
func (f *flow) ages(n int) []int64 {
	least := f.forever
	for s := n; s < len(f.oldest); s++ {
		least = min(least, f.oldest[s])
	}
	ages := make([]int64, n)
	for s := n - 1; s >= 0; s-- {
		if s < len(f.oldest) {
			least = min(least, f.oldest[s])
		}
		if end := int64(s+1) * int64(time.Second); least < end {
			ages[s] = end - least
		}
	}
	return ages
}

func at(counts []int64, i int) int64 {
	if i < len(counts) {
		return counts[i]
	}
	return 0
}

// perSecond sums counts per step into seconds; nil stays nil.
func perSecond(counts []int64, step time.Duration) []int64 {
	if counts == nil {
		return nil
	}
	var seconds []int64
	for i, n := range counts {
		s := int(time.Duration(i) * step / time.Second)
		for len(seconds) <= s {
			seconds = append(seconds, 0)
		}
		seconds[s] += n
	}
	return seconds
}

// responseSeries gives percentiles of a cut by the second in which events were due. Seconds without an answer have no point.
func responseSeries(cfg *AnalysisConfig, c *cut) []result.Series {
	names := []string{"response_p50", "response_p99", "response_max"}
	all := make([]result.Series, len(names))
	for i, name := range names {
		all[i] = newSeries(cfg, name, "ns")
	}
	seconds := 0
	for _, s := range c.seconds {
		seconds = max(seconds, len(s))
	}
	for s := range seconds {
		r := c.second(s)
		if r == nil {
			continue
		}
		t := float64(s)
		for i, q := range []float64{0.5, 0.99} {
			if v, ok := r.Quantile(q); ok {
				all[i].Points = append(all[i].Points, result.Point{T: t, V: float64(v)})
			}
		}
		if r.Recorded() > 0 {
			all[2].Points = append(all[2].Points, result.Point{T: t, V: float64(r.Max())})
		}
	}
	return all
}

// second is what was due in one second, whatever its phase; nil when nothing was answered.
func (c *cut) second(s int) *latency.Recorder {
	var parts []*latency.Recorder
	for _, seconds := range c.seconds {
		if s < len(seconds) && seconds[s] != nil {
			parts = append(parts, seconds[s])
		}
	}
	switch len(parts) {
	case 0:
		return nil
	case 1:
		return parts[0]
	}
	sum := latency.NewSparse()
	for _, p := range parts {
		sum.Merge(p)
	}
	return sum
}
