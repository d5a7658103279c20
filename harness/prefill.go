package harness

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/harness/collector"
	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/pacer"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// prefilled reports whether the input lies ready before the engine is started.
func (r *run) prefilled() bool { return r.Scenario.Load.Profile == scenario.Prefilled }

// drivePrefilled fills the input topic, starts the engine, waits until it has answered everything, lets heartbeats close the
// windows, and drains. The trial's start is set so that the last real event was due when the engine was started: no answer
// comes before its question, and intended times keep their order.
func (b *blockRun) drivePrefilled(ctx context.Context, progress *watcher) error {
	src, closeSource, err := b.source()
	if err != nil {
		return err
	}
	defer func() { _ = closeSource() }()
	b.input = newCounted(src)
	rest := &split{src: b.input}
	tl := b.timeline()
	progress.phase("filling the input topic", 0)
	if err := b.send(ctx, rest.until(tl.warmup+tl.measure), time.Now(), true); err != nil {
		return err
	}
	progress.phase("starting", b.trials[0].plan.ReadyWithin())
	start := time.Now().Add(-tl.warmup - tl.measure)
	b.mu.Lock()
	b.mu.start = start
	b.mu.Unlock()
	b.note("", "start", fmt.Sprintf("block %s: %d records lie ready", b.name, b.report.Acked))
	if err := b.startEngines(ctx); err != nil {
		return err
	}
	progress.phase("working", b.Scenario.Load.Drain.Duration())
	if err := b.awaitBacklog(ctx, tl); err != nil {
		return err
	}
	if err := b.closeWindows(ctx, rest, tl); err != nil {
		return err
	}
	progress.phase("drain", b.Scenario.Load.Drain.Duration())
	return b.drain(ctx)
}

// closeWindows sends the heartbeats that close the windows: ahead of their time, but for the last of them, which go at the
// stream's own pace so that an engine that works in batches has some to see them in.
func (b *blockRun) closeWindows(ctx context.Context, rest *split, tl timeline) error {
	if b.backlogFailed() {
		return nil
	}
	offered := tl.warmup + tl.measure
	own := min(tl.tail, b.ownPace())
	if err := b.send(ctx, rest.until(offered+tl.tail-own), b.started(), true); err != nil {
		return err
	}
	return b.send(ctx, rest, time.Now().Add(own-offered-tl.tail), false)
}

// ownPace is how long heartbeats go at the stream's own pace at the end: two batches and two seconds.
func (r *run) ownPace() time.Duration { return 2*r.longestInterval() + 2*time.Second }

// send sends a part of the input and adds it to the block's report.
func (b *blockRun) send(ctx context.Context, src event.Source, start time.Time, unpaced bool) error {
	report, err := driver.Run(ctx, driver.Config{Client: b.producer, Topic: b.trials[0].plan.Topics.Input, Source: src, Start: start,
		Clock: pacer.NewClock(), BufferBytes: max(driver.DefaultBufferBytes, 2*b.maxRecord()), Unpaced: unpaced})
	b.report.Offered += report.Offered
	b.report.Acked += report.Acked
	b.report.Failed += report.Failed
	b.report.Mismatched += report.Mismatched
	b.report.Renewed += report.Renewed
	b.report.Elapsed = max(b.report.Elapsed, report.Elapsed)
	b.cut = b.cut || err != nil
	if err != nil && ctx.Err() == nil {
		return environment("", err)
	}
	return err
}

// awaitBacklog waits until the engines have answered everything, have failed, or the drain limit is over: what is missing
// then is missing.
func (b *blockRun) awaitBacklog(ctx context.Context, tl timeline) error {
	var due int64
	for _, n := range b.input.due {
		due += n
	}
	b.say("waiting for %s to answer %d events", strings.Join(b.names(), ", "), due)
	deadline := time.Now().Add(b.Scenario.Load.Drain.Duration())
	last := tl.warmup + tl.measure - 2*driver.HeartbeatEvery
	for time.Now().Before(deadline) && !b.backlogFailed() {
		if !slices.ContainsFunc(b.trials, func(t *trial) bool { return !answered(b.collector.Preview(t.label), due, last) }) {
			return nil
		}
		if !sleep(ctx, 50*time.Millisecond) {
			return context.Cause(ctx)
		}
	}
	b.note("", "warning", "not everything that lay ready was answered within "+b.Scenario.Load.Drain.String())
	return nil
}

// backlogFailed reports whether every engine has failed.
func (b *blockRun) backlogFailed() bool {
	return !slices.ContainsFunc(b.trials, func(t *trial) bool { return t.subject.Failure() == nil })
}

func (b *blockRun) names() []string {
	var all []string
	for _, t := range b.trials {
		all = append(all, t.label)
	}
	return all
}

// unmoved is how long an engine is silent once it has answered all heartbeats and not all events: what a filter dropped has
// no answer.
const unmoved = 3 * time.Second

// answered reports whether an instance has answered due events, or at least all heartbeats up to last and nothing for a while.
func answered(s collector.Snapshot, due int64, last time.Duration) bool {
	if s.AnsweredTo < int64(last) {
		return false
	}
	return s.Answered+s.DeadLetters >= due || s.Silent >= unmoved
}

// split offers a source in parts.
type split struct {
	src     event.Source
	pending *event.Due
}

// Next yields the next record of the rest.
func (s *split) Next(d *event.Due) error {
	if s.pending != nil {
		*d, s.pending = *s.pending, nil
		return nil
	}
	return s.src.Next(d)
}

// until is the part of the rest that is due before an intended time.
func (s *split) until(at time.Duration) event.Source { return &part{s, at} }

type part struct {
	*split
	end time.Duration
}

// Next yields the part's next record.
func (p *part) Next(d *event.Due) error {
	if err := p.split.Next(d); err != nil {
		return err
	}
	if d.Stamp.Intended >= int64(p.end) {
		p.pending = new(event.Due)
		*p.pending = *d
		return io.EOF
	}
	return nil
}

// backlog makes the figures of an input that lay ready, and takes back all that has no meaning for one: nothing had a time at
// which it was due.
func (b *blockRun) backlog(res *result.Trial, t *trial, a *collector.Analysis) {
	began := int64(t.life.started.Sub(b.started()))
	res.Latency = map[string]*result.Latency{}
	res.OfferedRate, res.AchievedRate = 0, 0
	a.Distributions = slices.DeleteFunc(a.Distributions, func(d result.Distribution) bool { return strings.HasPrefix(d.From, "intended") })
	a.Series = slices.DeleteFunc(a.Series, func(s result.Series) bool { return s.Name != "achieved_rate" })
	unscheduled(a.Checks)
	c := result.Check{Trial: t.id, ID: "backlog", Title: "drain of an input that lay ready", Unit: "events/s", State: result.NotMeasured,
		Text: "not measured: nothing was answered"}
	if a.Finished > 0 && a.First > began {
		res.Backlog = backlogOf(a.Finished, time.Duration(a.First-began), time.Duration(a.Last-began))
		res.AchievedRate = res.Backlog.TotalRate
		c.State, c.Value = result.OK, res.Backlog.TotalRate
		c.Text = fmt.Sprintf("%d events answered, the first %v and the last %v after the engine was started; response times are not measured, "+
			"since nothing had a time at which it was due", a.Finished, time.Duration(res.Backlog.First).Round(time.Millisecond),
			time.Duration(res.Backlog.Last).Round(time.Millisecond))
	}
	a.Checks = append(a.Checks, c)
}

// backlogOf makes rates of events answered between two times from the engine's start.
func backlogOf(events int64, first, last time.Duration) *result.Backlog {
	g := &result.Backlog{Events: events, First: int64(first), Last: int64(last), TotalRate: float64(events) / last.Seconds()}
	if last > first {
		rate := float64(events) / (last - first).Seconds()
		g.Rate = &rate
	}
	return g
}

// scheduleOnly are the checks of a schedule and of response times.
var scheduleOnly = []string{"send_delay_p99", "send_delay_share", "rate_error", "schedule_debt", "blocked", "saturated", "little", "negative_latency", "steady",
	"percentiles", "observer_lag", "poll_gap", "batch_phase", "heartbeat_phase", "window_closing", "cpu_pressure", "broker_cpu"}

// unscheduled takes back what checks say of a schedule that there was not, and of processors that were meant to be busy.
func unscheduled(checks []result.Check) {
	for i := range checks {
		if c := &checks[i]; slices.Contains(scheduleOnly, c.ID) {
			c.State, c.Value, c.Text = result.NotMeasured, 0, "not measured: the input lay ready"
		}
	}
}
