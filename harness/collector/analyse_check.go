package collector

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/latency"
	"github.com/streamgauge/streamgauge/harness/result"
)

// The bounds of the checks: above the first a trial is degraded, above the second invalid.
const (
	littleDegraded   = 0.05
	littleInvalid    = 0.10
	littleResolution = 0.025                  // a schedule coarser than this share of the backlog cannot judge
	duplicatesNote   = 0.001                  // share of answers
	negativeInvalid  = 0.0001                 // share of latencies
	lagDegraded      = 100                    // ms
	gapDegraded      = 0.05                   // of the median response
	gapNoise         = 100 * time.Microsecond // what any scheduler may take; never held against the observer
	aliasingDegraded = 0.02                   // of the median response
	beatsTogether    = 0.2                    // mean resultant length
	steadyDegraded   = 2                      // × between the medians at the two ends of the measure phase
	steadyNoise      = 10 * time.Millisecond  // a difference that a busy machine makes
	tail             = latency.TailSamples
)

// checks tests the measurement by its own figures.
func (a *analysis) checks() ([]result.Check, error) {
	h, err := readHealth(a.cfg.Dir, a.cfg.Instance)
	if err != nil {
		return nil, err
	}
	all := []result.Check{a.accounting(h), a.conservation(), a.little(), a.duplicateRatio(), a.negatives(), a.steady(), a.percentiles(),
		a.observerLag(), a.pollGap(h)}
	if a.cfg.Timer > 0 {
		all = append(all, a.aliasing(), a.beatPhase())
	}
	if a.cfg.Closers != nil {
		all = append(all, a.closing())
	}
	if a.in.committed {
		all = append(all, transactions(h))
	}
	for i := range all {
		all[i].Trial = a.cfg.Trial
	}
	return all, nil
}

// above says how a value stands to its bounds; a bound of 0 does not exist.
func above(v, degraded, invalid float64) result.State {
	switch {
	case invalid > 0 && v > invalid:
		return result.Invalidates
	case degraded > 0 && v > degraded:
		return result.Degrades
	}
	return result.OK
}

// accounting closes the books: every record observed is a probe, a heartbeat, a repetition or one latency.
func (a *analysis) accounting(h *health) result.Check {
	known := a.probes + a.heartbeats + a.duplicates + a.foreign
	for _, c := range a.response {
		n, _ := c.count()
		known += n
	}
	known -= a.byUpdate // latencies of events, of which an update answers many
	residual := a.observed - known
	c := result.Check{ID: "accounting", Title: "every observed record is accounted for", Unit: "records", State: result.OK,
		Text: fmt.Sprintf("%d records observed: probes %d, heartbeats %d, repetitions %d, of unknown kind %d, the rest one latency each",
			a.observed, a.probes, a.heartbeats, a.duplicates, a.foreign)}
	if h != nil && h.Observed != a.observed {
		c.Text += fmt.Sprintf("; the observer wrote %d, so files are missing or cut short", h.Observed)
		residual += h.Observed - a.observed
	}
	c.Value = float64(residual)
	if residual != 0 {
		c.State = result.Invalidates
	}
	if a.in.torn > 0 {
		c.Text += fmt.Sprintf("; %d files end within a record", a.in.torn)
		c.State = result.Invalidates
	}
	return c
}

// due is the number of real events due in the measure phase by the schedule, the sum over them of the time from then to the
// end in ns, and that sum's standard error from not knowing where within a step they lay, 0 where that is known.
func (a *analysis) due() (n int64, waited, spread float64) {
	p, step := a.phases[a.main], int64(a.cfg.DueStep)
	var variance float64
	for i, k := range a.cfg.Due {
		middle := int64(i)*step + step/2
		if middle < p.From || middle >= p.To {
			continue
		}
		n += k
		if a.cfg.DueSum != nil {
			waited += float64(k)*float64(a.cfg.EndNS-int64(i)*step) - float64(a.cfg.DueSum[i])
			continue
		}
		waited += float64(k) * float64(a.cfg.EndNS-middle)
		variance += float64(k) * float64(step) * float64(step) / 12
	}
	return n, waited, math.Sqrt(variance)
}

func (a *analysis) conservation() result.Check {
	c := result.Check{ID: "conservation", Title: "answered and unanswered events are the events due", Unit: "events", State: result.NotMeasured,
		Text: "not measured: the schedule of due events or the measure phase is not known"}
	if a.cfg.Due == nil || a.main < 0 {
		return c
	}
	n, _, _ := a.due()
	missing := a.response[event.KindEvent].censored[a.main]
	c.Value = float64(n - a.cohort.finished - missing)
	c.State = result.OK
	c.Text = fmt.Sprintf("%d events of the measure phase had to be answered: %d were, %d were not", n, a.cohort.finished, missing)
	if c.Value != 0 {
		c.State = result.Invalidates
		c.Text += "; so schedule, observer and oracle disagree"
	}
	return c
}

// little holds the latencies against Little's law for the events of the measure phase: the integral over time of the
// number due and not yet finished equals the sum of their latencies, exactly, however the load behaves, because the
// integral follows them to their end. The left side comes from the schedule and the times of receipt, the right one from
// the histograms: lost, clamped or invented latencies make them differ.
func (a *analysis) little() result.Check {
	c := result.Check{ID: "little", Title: "latencies agree with the backlog (Little's law)", Threshold: littleInvalid, State: result.NotMeasured,
		Text: "not measured: the schedule of due events or the measure phase is not known"}
	if a.cfg.Due == nil || a.main < 0 {
		return c
	}
	n, waited, spread := a.due()
	if n != a.cohort.finished+a.response[event.KindEvent].censored[a.main] || n == 0 {
		c.Text = "not measured: the events due are not those answered and unanswered (see conservation)"
		return c
	}
	backlog := waited - a.cohort.waited
	if backlog <= 0 || spread > littleResolution*backlog {
		c.Text = fmt.Sprintf("not measured: the schedule is known in steps of %s, too coarse for this backlog", a.cfg.DueStep)
		return c
	}
	c.Value = math.Abs((a.latencySum() - backlog) / backlog)
	c.State = above(c.Value, littleDegraded, littleInvalid)
	span := float64(max(a.cohort.last, a.phases[a.main].To) - a.phases[a.main].From)
	c.Text = fmt.Sprintf("on average %.4g events of the measure phase were unanswered by the schedule and the arrivals, %.4g by the histograms",
		backlog/span, a.latencySum()/span)
	return c
}

// latencySum is the sum of the measure phase's latencies as the histograms have them, ns: those out of range count as the
// greatest that fits, those never answered until the end.
func (a *analysis) latencySum() float64 {
	var sum float64
	for _, k := range []event.Kind{event.KindEvent, event.KindDeadLetter} {
		r := a.response[k].recorder(a.main)
		sum += r.Mean()*float64(r.Recorded()) + float64(r.Above())*float64(latency.Highest)
	}
	p := a.phases[a.main]
	for _, s := range a.cfg.Unanswered {
		if s.Flags&(event.FlagHeartbeat|event.FlagProbe) == 0 && s.Intended >= p.From && s.Intended < p.To {
			sum += float64(a.cfg.EndNS - s.Intended)
		}
	}
	return sum
}

// duplicateRatio only notes: an input may repeat identities on purpose, which a job without dedupe must repeat too.
// Whether a repetition is wrong under the guarantee is the oracle's to say.
func (a *analysis) duplicateRatio() result.Check {
	c := result.Check{ID: "duplicates", Title: "outputs seen before", Unit: "share", Threshold: duplicatesNote, State: result.OK}
	n := a.observed - a.probes
	if n > 0 {
		c.Value = float64(a.duplicates) / float64(n)
	}
	c.Text = fmt.Sprintf("%d of %d outputs repeat an earlier one, %d of them heartbeats; rates and latencies count the first only", a.duplicates, n, a.repeats)
	if a.in.committed && a.duplicates > 0 {
		c.Threshold = 0
		c.Text += "; the guarantee is exactly once"
	}
	if c.Value > c.Threshold {
		c.State = result.Note
	}
	return c
}

func (a *analysis) negatives() result.Check {
	var all, negative int64
	for _, cut := range append(a.responses(), a.canary, a.emitted, a.outputPath) {
		n, neg := cut.count()
		all += n
		negative += neg
	}
	c := result.Check{ID: "negative_latency", Title: "latencies below zero", Unit: "share", Threshold: negativeInvalid,
		Text: fmt.Sprintf("%d of %d: an answer cannot come before its question, so a clock is wrong", negative, all)}
	if all > 0 {
		c.Value = float64(negative) / float64(all)
	}
	c.State = above(c.Value, 0, negativeInvalid)
	if negative == 0 {
		c.Text = "none"
	}
	return c
}

// steady holds the median responses at the two ends of the measure phase against each other. If they fall, the warm-up was
// too short and its backlog is measured; if they rise, the load is not sustained: either way a percentile over the phase
// depends on its length.
func (a *analysis) steady() result.Check {
	c := result.Check{ID: "steady", Title: "median response alike at both ends of the measure phase", Threshold: steadyDegraded,
		State: result.NotMeasured, Text: "not measured: too few answers at one end of the measure phase"}
	early, late := a.cohort.early, a.cohort.late
	from, known := early.Quantile(0.5)
	to, alsoKnown := late.Quantile(0.5)
	if !known || !alsoKnown || min(from, to) <= 0 || min(early.Count(), late.Count()) < 2*tail {
		return c
	}
	c.Value = float64(max(from, to)) / float64(min(from, to))
	c.State = result.OK
	c.Text = fmt.Sprintf("the median response was %s in the first fifth of the phase and %s in the last", rounded(from), rounded(to))
	if max(from, to)-min(from, to) <= int64(steadyNoise) {
		return c
	}
	if c.State = above(c.Value, steadyDegraded, 0); c.State == result.OK {
		return c
	}
	if to < from {
		c.Text += ": what piled up before the measure phase is part of it; a longer warm-up (load.warmup) leaves it out"
	} else {
		c.Text += ": the load may be more than can be sustained"
	}
	return c
}

func rounded(ns int64) time.Duration { return time.Duration(ns).Round(10 * time.Microsecond) }

func (a *analysis) percentiles() result.Check {
	c := result.Check{ID: "percentiles", Title: "headline percentiles with enough samples beyond them", Unit: "withheld", State: result.NotMeasured,
		Text: "not measured: there is no measure phase"}
	if a.main < 0 {
		return c
	}
	l := a.response[event.KindEvent].headline(a.main)
	c.State = result.OK
	c.Text = fmt.Sprintf("%d samples; a percentile needs %d beyond it", l.Count+l.Censored, tail)
	for _, q := range []struct {
		name  string
		value *int64
		need  int
	}{{"p50", l.P50, 2 * tail}, {"p90", l.P90, 10 * tail}, {"p99", l.P99, 100 * tail}, {"p99.9", l.P999, 1000 * tail}} {
		if q.value == nil {
			c.Value++
			c.State = result.Note
			c.Text += fmt.Sprintf("; %s needs %d", q.name, q.need)
		}
	}
	if l.BoundFrom != nil {
		c.Text += fmt.Sprintf("; from quantile %.6g on values are lower bounds, because %d events were not answered", *l.BoundFrom, l.Censored)
	}
	return c
}

// observerLag is the time from the broker's append to the receipt.
func (a *analysis) observerLag() result.Check {
	c := result.Check{ID: "observer_lag", Title: "output append to receipt, p99", Unit: "ms", Threshold: lagDegraded, State: result.NotMeasured}
	switch {
	case a.in.committed:
		c.Text = "not measured: under exactly-once the receipt waits for the engine's commit"
		return c
	case a.main < 0 || a.outputPath.recorder(a.main).Recorded() == 0:
		c.Text = "not measured: output records carry no append time of the broker"
		return c
	}
	v, ok := a.outputPath.recorder(a.main).Quantile(0.99)
	if !ok {
		c.Text = "not measured: the broker's clock and this machine's disagree"
		return c
	}
	c.Value = float64(v) / 1e6
	c.State = above(c.Value, lagDegraded, 0)
	c.Text = fmt.Sprintf("99 %% of the outputs were received within %s of their append, to the broker's millisecond", time.Duration(v).Round(time.Microsecond))
	return c
}

// transactions tells of results that were written outside of transactions under exactly once. In a trial without a fault nothing else
// shows that, and such an engine need not wait for a commit.
func transactions(h *health) result.Check {
	c := result.Check{ID: "transactions", Title: "results written in transactions", Unit: "records", State: result.NotMeasured,
		Text: "not measured: the observer's own figures are missing"}
	if h == nil {
		return c
	}
	c.Value, c.State = float64(h.Plain), result.OK
	c.Text = fmt.Sprintf("%d of %d results and dead letters were written outside of a transaction", h.Plain, h.Observed)
	if h.Plain > 0 {
		c.State = result.Note
		c.Text += "; the guarantee is exactly once, and that it holds after a restart has to be shown by a trial with one"
	}
	return c
}

// pollGap holds the time in which nobody would have stamped an arriving record against what is measured.
func (a *analysis) pollGap(h *health) result.Check {
	c := result.Check{ID: "poll_gap", Title: "time without a poll, p99, against the median response", Unit: "share", Threshold: gapDegraded,
		State: result.NotMeasured, Text: "not measured: the observer's own figures or a median response are missing"}
	if h == nil || h.GapP99 == nil || a.main < 0 {
		return c
	}
	p50, ok := a.response[event.KindEvent].recorder(a.main).Quantile(0.5)
	if !ok || p50 <= 0 {
		return c
	}
	c.Value = float64(*h.GapP99) / float64(p50)
	c.State = result.OK
	if time.Duration(*h.GapP99) > gapNoise {
		c.State = above(c.Value, gapDegraded, 0)
	}
	c.Text = fmt.Sprintf("between two polls the observer was away for %s (p99; greatest %s)", time.Duration(*h.GapP99), time.Duration(h.GapMax))
	return c
}

// closing tells of windows whose close delay is not measured, or makes no sense. A result that came before any event could end
// its window may hold all the events, if none came late; it is no final result all the same, and the trial has no figures.
func (a *analysis) closing() result.Check {
	c := result.Check{ID: "window_closing", Title: "windows closed by no known event or before it was due", Unit: "windows",
		Value: float64(a.unclosed + a.early), State: result.OK, Text: "none"}
	if c.Value > 0 {
		c.State = result.Note
		c.Text = fmt.Sprintf("%d results came although no event had let their window close, %d before that event was due: the engine closes early",
			a.unclosed, a.early)
	}
	if a.untimely > 0 {
		c.State = result.Invalidates
		c.Text += fmt.Sprintf("; %d came before such an event was due in any partition, when nobody could know that they were final", a.untimely)
	}
	return c
}

// readHealth reads what the observer of an instance's results wrote about itself; nil when it wrote nothing.
func readHealth(dir, instance string) (*health, error) {
	path := filepath.Join(dir, instance+resultsGroup+".health.json")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the observer's health: %w", err)
	}
	var h health
	if err := json.Unmarshal(b, &h); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return &h, nil
}
