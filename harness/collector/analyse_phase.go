package collector

import (
	"fmt"
	"math"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
)

// resultant adds up times as angles in an interval, for Rayleigh's test.
type resultant struct {
	sin, cos float64
	n        int64
}

// add takes a time, ns; of no interval (0) there is no angle.
func (r *resultant) add(t, interval int64) {
	if interval <= 0 {
		return
	}
	sin, cos := math.Sincos(2 * math.Pi * float64(t%interval) / float64(interval))
	r.sin, r.cos, r.n = r.sin+sin, r.cos+cos, r.n+1
}

// length is 0 where the times are spread evenly over the interval, and 1 where all are at one point of it.
func (r *resultant) length() float64 { return math.Hypot(r.sin, r.cos) / float64(max(r.n, 1)) }

// aliasing tests whether the intended times favour a phase of the engine's batches or commits: with the mean resultant length R (of
// Rayleigh's test) the mean latency is shifted by at most R × interval / π, to first order.
func (a *analysis) aliasing() result.Check {
	c := result.Check{ID: "batch_phase", Title: "bias by intended times in step with batches or commits, against the median response", Unit: "share",
		Threshold: aliasingDegraded, State: result.NotMeasured, Text: "not measured: too few answers"}
	p50, ok := a.response[event.KindEvent].recorder(a.main).Quantile(0.5)
	if a.cohort.phase.n == 0 || !ok || p50 <= 0 {
		return c
	}
	r := a.cohort.phase.length()
	c.Value = r * float64(a.cfg.Timer) / math.Pi / float64(p50)
	c.State = above(c.Value, aliasingDegraded, 0)
	c.Text = fmt.Sprintf("the intended times' concentration on one phase of the interval of %s is %.4f (0: spread evenly, 1: all at one)", a.cfg.Timer, r)
	return c
}

// beatPhase tells whether heartbeats, by which the waterfall is sampled, come at one phase of the interval. They come at equal distances:
// where the interval goes into them, each waits as long as all others, from nothing to a whole interval, by chance of the start.
func (a *analysis) beatPhase() result.Check {
	c := result.Check{ID: "heartbeat_phase", Title: "heartbeats spread over the interval of batches or commits", Unit: "share", Threshold: beatsTogether,
		State: result.NotMeasured, Text: "not measured: no heartbeat was answered"}
	if a.beats.n == 0 {
		return c
	}
	c.Value, c.State = a.beats.length(), result.OK
	c.Text = fmt.Sprintf("concentration on one phase of the interval of %s; beyond the limit the hops of heartbeats, where the time goes, tell of that phase and not "+
		"of the average wait", a.cfg.Timer)
	if c.Value > beatsTogether {
		c.State = result.Note
	}
	return c
}
