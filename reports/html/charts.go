package html

import (
	"fmt"
	"math"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

// charts draws what a run has data for.
type charts struct {
	run      *result.Run
	subjects []reports.Subject
}

// class is the style of a subject in CSS.
func class(s *reports.Subject) string {
	if s.Floor {
		return "sf"
	}
	return fmt.Sprintf("s%d", s.Index%len(reports.Styles()))
}

// each calls add for every trial of every subject.
func (c *charts) each(add func(s *reports.Subject, t *result.Trial, thin bool)) {
	for i := range c.subjects {
		s := &c.subjects[i]
		for _, t := range s.Trials {
			add(s, t, len(s.Trials) > 2)
		}
	}
}

func (c *charts) keys(lines []line) []key {
	var all []key
	for i := range c.subjects {
		s := &c.subjects[i]
		for _, l := range lines {
			if l.Class == class(s) {
				all = append(all, key{class(s), s.Name + s.Doubt()})
				break
			}
		}
	}
	return all
}

// finish gives the chart its axes; false if it has nothing to show.
func (c *charts) finish(ch chart) (chart, bool) {
	n := 0
	for _, l := range ch.Lines {
		n += len(l.X)
	}
	ch.Keys = append(c.keys(ch.Lines), ch.Keys...)
	return ch, n > 0
}

func trialLabel(s *reports.Subject, t *result.Trial) string {
	if len(s.Trials) > 1 {
		return fmt.Sprintf("%s #%d", s.Name, t.Repetition)
	}
	return s.Name
}

// percentiles is the response over the nines axis, one line for each trial.
func (c *charts) percentiles() (chart, bool) {
	ch := chart{ID: "percentiles", Hero: true, Title: "Response time by percentile",
		Note: "Each line ends where fewer than 100 samples lie beyond it, or where events were never answered. Both axes are stretched: each step to the right is one more nine."}
	c.each(func(s *reports.Subject, t *result.Trial, thin bool) {
		d := reports.DistributionOf(c.run, t.ID, "response")
		if d == nil || len(d.Curve) == 0 {
			return
		}
		l := line{Class: class(s), Name: trialLabel(s, t), Thin: thin}
		for _, p := range d.Curve {
			if p[0] < 1 {
				l.X, l.Y = append(l.X, nines(p[0])), append(l.Y, p[1])
			}
		}
		ch.Lines = append(ch.Lines, l)
	})
	ch.X, ch.Y = ninesAxis(ch.Lines), logAxis("response time", "ns", ch.Lines)
	return c.finish(ch)
}

// overTime draws a series of every trial.
func (c *charts) overTime(ch chart, name, role string, axisOf func([]line) axis) (chart, bool) {
	c.each(func(s *reports.Subject, t *result.Trial, thin bool) {
		if sr := reports.SeriesOf(c.run, t.ID, name, role); sr != nil {
			ch.Lines = append(ch.Lines, seriesLine(class(s), trialLabel(s, t), thin, sr.Points))
		}
	})
	return c.timed(ch, axisOf)
}

func (c *charts) timed(ch chart, axisOf func([]line) axis) (chart, bool) {
	ch.Bands = c.phases()
	ch.X, ch.Y = timeAxis(ch.Lines, ch.Bands), axisOf(ch.Lines)
	return c.finish(ch)
}

// seriesLine breaks where points are missing, so that no line is drawn over what was not measured.
func seriesLine(class, name string, thin bool, points []result.Point) line {
	l := line{Class: class, Name: name, Thin: thin}
	usual := math.Inf(1)
	for i := 1; i < len(points); i++ {
		usual = min(usual, points[i].T-points[i-1].T)
	}
	for i, p := range points {
		if i > 0 && p.T-points[i-1].T > 2.5*usual {
			l.X, l.Y = append(l.X, p.T), append(l.Y, math.NaN())
		}
		l.X, l.Y = append(l.X, p.T), append(l.Y, p.V)
	}
	return l
}

// phases are those of the first trial that has any: all trials of a run have the same.
func (c *charts) phases() []band {
	for i := range c.run.Trials {
		var all []band
		for _, p := range c.run.Trials[i].Phases {
			all = append(all, band{float64(p.From) / 1e9, float64(p.To) / 1e9, phaseName(p.Name), "ph-" + known(p.Name)})
		}
		if len(all) > 0 {
			return all
		}
	}
	return nil
}

func phaseName(name string) string {
	if name == "warmup" {
		return "warm-up"
	}
	return name
}

// known keeps classes to names the style sheet has.
func known(name string) string {
	switch name {
	case "warmup", "measure", "drain":
		return name
	}
	return "other"
}

// response are the percentiles over time.
func (c *charts) response(name, title string) (chart, bool) {
	return c.overTime(chart{ID: strings.ReplaceAll(name, "_", "-"), Title: title,
		Note: "Of the events due in each second, by their intended time; seconds without an answer have no point. A percentile of one second rests on few samples: look at the shape, not at the peak."},
		name, "", func(l []line) axis { return logAxis("response time", "ns", l) })
}

// throughput is what was delivered, with what was offered behind it.
func (c *charts) throughput() (chart, bool) {
	ch := chart{ID: "throughput", Title: "Throughput over time", Note: "Events that were finished in each second, by an answer or a dead letter, against those that were due."}
	for i := range c.run.Trials {
		// What was due is the same for every trial of a run.
		if sr := reports.SeriesOf(c.run, c.run.Trials[i].ID, "offered_rate", ""); sr != nil {
			ch.Lines = append(ch.Lines, seriesLine("offered", "offered", false, sr.Points))
			ch.Keys = append(ch.Keys, key{"offered", "offered"})
			break
		}
	}
	return c.overTime(ch, "achieved_rate", "", func(l []line) axis { return linearAxis("events per second", "1/s", l) })
}

func (c *charts) backlog() (chart, bool) {
	return c.overTime(chart{ID: "backlog", Title: "Age of the oldest unanswered event", Note: "Where this grows, the engine does not keep up, whatever its percentiles say so far."},
		"backlog_age", "", func(l []line) axis { return logAxis("age", "ns", l) })
}

// batches draws a figure of each batch that micro-batch engines said they ran, at its start: a line for each stage. What an
// engine says of itself is advice.
func (c *charts) batches(name, title, note string, axisOf func([]line) axis) (chart, bool) {
	ch := chart{ID: strings.ReplaceAll(name, "_", "-"), Title: title, Note: note}
	c.each(func(s *reports.Subject, t *result.Trial, _ bool) {
		for i := range c.run.Series {
			if sr := &c.run.Series[i]; sr.Trial == t.ID && sr.Name == name {
				l := line{Class: class(s), Name: trialLabel(s, t) + ", " + sr.Role, Thin: true}
				for _, p := range sr.Points {
					l.X, l.Y = append(l.X, p.T), append(l.Y, p.V)
				}
				ch.Lines = append(ch.Lines, l)
			}
		}
	})
	return c.timed(ch, axisOf)
}

// usage is processor time or memory of the engines; in a run of one block also of broker and harness.
func (c *charts) usage(name, title, unit, label string) (chart, bool) {
	ch := chart{ID: "usage-" + name, Title: title}
	if first := c.onlyBlock(); first != nil {
		for _, role := range []string{"broker", "harness"} {
			if sr := reports.SeriesOf(c.run, first.ID, name, role); sr != nil {
				ch.Lines = append(ch.Lines, seriesLine("role-"+role, role, false, sr.Points))
				ch.Keys = append(ch.Keys, key{"role-" + role, role})
			}
		}
	}
	return c.overTime(ch, name, "engine", func(l []line) axis { return linearAxis(label, unit, l) })
}

// onlyBlock is the first trial if all trials share a block.
func (c *charts) onlyBlock() *result.Trial {
	for i := range c.run.Trials {
		if c.run.Trials[i].Block != c.run.Trials[0].Block {
			return nil
		}
	}
	if len(c.run.Trials) == 0 {
		return nil
	}
	return &c.run.Trials[0]
}

// collect keeps the charts that show something.
func collect(all ...func() (chart, bool)) []chart {
	var out []chart
	for _, f := range all {
		if ch, ok := f(); ok {
			out = append(out, ch)
		}
	}
	return out
}
