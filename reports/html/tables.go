package html

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// figure makes a cell of a figure, with its spread below.
func figure(f reports.Figure, write func(float64) string) cell {
	c := cell{Text: f.Short(write)}
	switch {
	case !f.Known():
		c.Sub, c.Class = f.Missing, "na"
	case f.Min != f.Max:
		c.Sub = f.Spread(write)
	}
	if f.Bound && c.Sub == "" {
		c.Sub = "lower bound"
	}
	return c
}

func named(l *reports.Line) row {
	r := row{Class: class(&l.Subject), Name: l.Name}
	switch {
	case l.Status == reports.Wrong:
		r.Note = "speed of a wrong answer"
	case l.Floor:
		r.Note = "floor, a reference"
	case l.Excluded > 0:
		r.Note = fmt.Sprintf("%d of %d trials excluded", l.Excluded, len(l.Trials))
	}
	return r
}

func headline(lines []reports.Line) grid {
	g := grid{Head: heads("engine", "<verdict", "offered", "achieved", "p50", "p90", "p99", "p99.9", "duplicates", "CPU", "peak memory")}
	for i := range lines {
		l := &lines[i]
		r := named(l)
		r.Cells = []cell{{Text: l.Status.Mark() + " " + l.Status.String(), Sub: string(l.Quality), Class: "verdict " + statusClass(l.Status)},
			figure(l.Offered, reports.Rate), figure(l.Achieved, reports.Rate)}
		for _, q := range reports.Quantiles() {
			r.Cells = append(r.Cells, figure(l.Response[q], reports.Duration))
		}
		dup := cell{Text: reports.Count(l.Duplicates)}
		if v := l.Total(); !v.Judged {
			dup = cell{Text: reports.NotAvailable, Sub: "not judged", Class: "na"}
		}
		r.Cells = append(r.Cells, dup, figure(l.CPU, reports.Seconds), figure(l.Memory, reports.Bytes))
		g.Rows = append(g.Rows, r)
	}
	return g
}

// headlineNotes says how to read the table.
func headlineNotes(lines []reports.Line) []string {
	notes := []string{"Response time: from when an event was due, by the schedule, to its answer in the output topic; events of the measure phase that are answered by events. Waiting behind a stalled engine, broker or generator is in it."}
	intervals, ranges := false, false
	for _, l := range lines {
		f := l.Response[0.5]
		intervals = intervals || f.Interval != nil
		ranges = ranges || f.N > 1 && f.Interval == nil
	}
	if intervals {
		notes = append(notes, "Figures are medians over repetitions; in brackets the 95 % interval of their geometric mean, by Student's t on logarithms. Duplicates are their sum.")
	}
	if ranges {
		notes = append(notes, "Figures are medians over repetitions, with the least and the greatest below where there is no interval, which takes five repetitions above 0. Duplicates are their sum.")
	}
	return notes
}

func toNull(lines []reports.Line) grid {
	g := grid{Head: heads("engine", "p50 to null", "p99 to null")}
	for i := range lines {
		l := &lines[i]
		if l.Floor {
			continue
		}
		r := named(l)
		r.Cells = []cell{figure(l.ToNull[0.5], reports.Times), figure(l.ToNull[0.99], reports.Times)}
		g.Rows = append(g.Rows, r)
	}
	return g
}

func policies(lines []reports.Line) grid {
	g := grid{Head: heads("engine", "policy floor", "p50", "p50 above it")}
	for i := range lines {
		l := &lines[i]
		r := named(l)
		r.Cells = []cell{figure(l.PolicyFloor, reports.Duration), figure(l.Response[0.5], reports.Duration), figure(l.AboveFloor, reports.Duration)}
		g.Rows = append(g.Rows, r)
	}
	return g
}

// closeDelays is empty where no job closes windows.
func closeDelays(lines []reports.Line) grid {
	g := grid{Head: heads("engine", "p50", "p90", "p99", "p99.9")}
	for i := range lines {
		l := &lines[i]
		counted := l.Counted()
		if len(counted) == 0 || counted[0].Latency["close_delay"] == nil {
			continue
		}
		r := named(l)
		for _, q := range reports.Quantiles() {
			r.Cells = append(r.Cells, figure(l.CloseDelay[q], reports.Duration))
		}
		g.Rows = append(g.Rows, r)
	}
	return g
}

// encodings is the table of a stream that was offered in several.
func encodings(run *result.Run) grid {
	rows := reports.EncodingsTable(run, true)
	if rows == nil {
		return grid{}
	}
	g := grid{Head: heads(rows[0]...)}
	for _, cells := range rows[1:] {
		r := row{Name: cells[0]}
		for _, text := range cells[1:] {
			r.Cells = append(r.Cells, cell{Text: text})
		}
		g.Rows = append(g.Rows, r)
	}
	return g
}

// kills is empty where no engine was killed.
func kills(run *result.Run) grid {
	g := grid{Head: heads("engine", "kills", "at work", "back, median", "never back")}
	for _, k := range reports.Kills(run) {
		g.Rows = append(g.Rows, row{Class: class(k.Subject), Name: k.Subject.Name, Cells: []cell{{Text: strconv.Itoa(k.Kills)}, {Text: strconv.Itoa(k.AtWork)},
			figure(k.Back, reports.Duration), {Text: strconv.Itoa(k.NotThrough)}}})
	}
	return g
}

func resources(run *result.Run, lines []reports.Line) grid {
	g := grid{Head: heads("process", "CPU", "CPU per event", "peak memory", "state on disk")}
	for i := range lines {
		l := &lines[i]
		r := named(l)
		state := cell{Text: reports.NotAvailable, Class: "na"}
		if counted := l.Counted(); len(counted) > 0 {
			state = cell{Text: reports.Bytes(float64(counted[len(counted)-1].Resources.StateBytes))}
		}
		r.Cells = []cell{figure(l.CPU, reports.Seconds), figure(l.CPUPerEvent, reports.Duration), figure(l.Memory, reports.Bytes), state}
		g.Rows = append(g.Rows, r)
	}
	shared, blocks := sharedCosts(run)
	note := "shared by all"
	if blocks > 1 { // beside the median of an engine's trials
		note = fmt.Sprintf("sum over %d blocks", blocks)
	}
	for _, name := range sortedKeys(shared) {
		c := shared[name]
		g.Rows = append(g.Rows, row{Name: name, Note: note, Cells: []cell{{Text: reports.Seconds(c.CPUSeconds)}, {}, {Text: reports.Bytes(float64(c.RSSPeak))}, {}}})
	}
	return g
}

// sharedCosts adds up what the trials of a block share, once for each block, and counts the blocks.
func sharedCosts(run *result.Run) (map[string]result.RoleCost, int) {
	sum, seen := map[string]result.RoleCost{}, map[string]bool{}
	for i := range run.Trials {
		t := &run.Trials[i]
		if seen[t.Block] {
			continue
		}
		seen[t.Block] = true
		for name, c := range t.Resources.Roles {
			sum[name] = result.RoleCost{CPUSeconds: sum[name].CPUSeconds + c.CPUSeconds, RSSPeak: max(sum[name].RSSPeak, c.RSSPeak)}
		}
	}
	return sum, len(seen)
}

// checks gives one row for each check, and a table of all trials.
func checks(run *result.Run) ([]checkRow, grid) {
	var rows []checkRow
	all := grid{Head: heads("check", "<trial", "value", "limit", "<state")}
	for _, g := range reports.Checks(run) {
		low, high := math.Inf(1), math.Inf(-1)
		unit := g.All[0].Unit
		for _, c := range g.All {
			if c.State != result.NotMeasured { // whose value is none
				low, high = min(low, c.Value), max(high, c.Value)
			}
			name := "run"
			if t := reports.TrialByID(run, c.Trial); t != nil {
				name = reports.TrialName(t)
			}
			value := reports.Value(c.Value, c.Unit)
			if c.State == result.NotMeasured {
				value = "–"
			}
			all.Rows = append(all.Rows, row{Name: g.Title, Cells: []cell{{Text: name, Class: "left"}, {Text: value}, {Text: reports.Value(c.Threshold, c.Unit)},
				{Text: reports.StateText(c.State), Class: "left state " + stateClass(c.State)}}})
		}
		r := checkRow{State: stateClass(g.Worst), Title: g.Title, ID: g.ID, Value: reports.Value(low, unit), Limit: reports.Value(g.All[0].Threshold, unit), Text: g.Text}
		if text := reports.Value(high, unit); text != r.Value {
			r.Value += " to " + text
		}
		if g.Worst == result.NotMeasured {
			r.Value, r.Limit = "–", "–"
		}
		rows = append(rows, r)
	}
	return rows, all
}

func stateClass(s result.State) string {
	if reports.Badness(s) < 0 {
		return "note"
	}
	return string(s)
}

func verdicts(run *result.Run) []verdict {
	var all []verdict
	subjects := reports.Subjects(run)
	for i := range subjects {
		for _, t := range subjects[i].Trials {
			all = append(all, verdictOf(&subjects[i], t))
		}
	}
	return all
}

func verdictOf(s *reports.Subject, t *result.Trial) verdict {
	v, st := &t.Verdict, reports.StatusOf(t)
	out := verdict{Name: trialLabel(s, t), Mark: st.Mark(), Text: v.Text, Status: statusClass(st), Open: st == reports.Wrong, Culprits: v.Culprits,
		Counts: grid{Head: heads("stage", "expected", "matched", "missing", "wrong", "unexpected", "duplicate", "overcounted", "unfinal", "tainted", "unjudged")}}
	if v.Text == "" {
		out.Text = st.String()
	}
	for _, sv := range v.Stages {
		r := row{Name: sv.Stage, Note: sv.Input + " → " + sv.Output}
		for k, n := range []int64{sv.Expected, sv.Matched, sv.Missing, sv.Wrong, sv.Unexpected, sv.Duplicate, sv.Overcounted, sv.Unfinal, sv.Tainted, sv.Unjudged} {
			c := cell{Text: reports.Count(n)}
			if k > 1 && n > 0 {
				c.Class = "hot"
			} else if k > 1 {
				c.Class = "na"
			}
			r.Cells = append(r.Cells, c)
		}
		out.Counts.Rows = append(out.Counts.Rows, r)
	}
	for _, f := range []struct {
		name string
		n    int64
	}{
		{"dead letters", v.DeadLetters}, {"late events that a window was allowed to leave out", v.Late},
		{"outputs behind a later one of their device (counted, not judged)", v.Reordered}, {"records of the input without a valid identity", v.Foreign},
	} {
		if v.Judged {
			out.Extra = append(out.Extra, fact{f.name, reports.Count(f.n)})
		}
	}
	return out
}

// deadLetters are those of the last judged trial of each subject, by reason.
func deadLetters(lines []reports.Line) grid {
	g := grid{Head: heads("reason")}
	reasons := map[string]bool{}
	var columns []map[string]int
	for i := range lines {
		var last map[string]int
		for _, t := range lines[i].Trials {
			if t.Verdict.Judged && !t.Partial {
				last = t.Verdict.Reasons
			}
		}
		if last == nil || lines[i].Floor && len(last) == 0 {
			continue
		}
		g.Head = append(g.Head, head{Text: lines[i].Name})
		columns = append(columns, last)
		for r := range last {
			reasons[r] = true
		}
	}
	for _, name := range sortedKeys(reasons) {
		r := row{Name: name}
		for _, c := range columns {
			r.Cells = append(r.Cells, cell{Text: reports.Count(int64(c[name]))})
		}
		g.Rows = append(g.Rows, r)
	}
	return g
}

func trials(run *result.Run) grid {
	g := grid{Head: heads("trial", "<verdict", "<quality", "order", "offered", "achieved", "p50", "p90", "p99", "p99.9", "max", "answered", "never answered", "CPU", "peak memory", "restarts")}
	subjects := reports.Subjects(run)
	for i := range subjects {
		s := &subjects[i]
		for _, t := range s.Trials {
			st := reports.StatusOf(t)
			r := row{Class: class(s), Name: trialLabel(s, t), Note: t.ID, Dim: t.Partial || !t.Valid || t.Quality == result.Invalid}
			r.Cells = []cell{{Text: st.Mark() + " " + st.String(), Class: "verdict " + statusClass(st)}, {Text: string(t.Quality), Class: "left"},
				{Text: strconv.Itoa(t.Order)}, {Text: reports.Rate(t.OfferedRate)}, {Text: reports.Rate(t.AchievedRate)}}
			l := t.Latency["response"]
			for _, q := range append(reports.Quantiles(), 1) {
				v, bound, missing := reports.Percentile(l, q)
				r.Cells = append(r.Cells, figure(reports.Figure{N: 1, Median: v, Min: v, Max: v, Bound: bound, Missing: missing}, reports.Duration))
			}
			if l == nil {
				l = &result.Latency{}
			}
			r.Cells = append(r.Cells, cell{Text: reports.Count(l.Count)}, cell{Text: reports.Count(l.Censored)}, single(t, reports.CPU, reports.Seconds),
				single(t, reports.Memory, reports.Bytes), cell{Text: strconv.Itoa(t.Restarts)})
			g.Rows = append(g.Rows, r)
		}
	}
	return g
}

// single makes a cell of what one trial has.
func single(t *result.Trial, figure func(*result.Trial) (float64, bool), write func(float64) string) cell {
	v, ok := figure(t)
	if !ok {
		return cell{Text: reports.NotAvailable, Class: "na"}
	}
	return cell{Text: write(v)}
}

func invalid(run *result.Run) []string {
	var all []string
	for i := range run.Trials {
		t := &run.Trials[i]
		for _, why := range t.InvalidReasons {
			all = append(all, reports.TrialName(t)+": "+why)
		}
	}
	return all
}
