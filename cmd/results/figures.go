package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
)

// figure is one value over repetitions.
type figure struct {
	values  []float64 // ascending
	missing int       // trials that have none: not measured, or beyond what was
	scale   float64
	unit    string
}

// of takes a value of each trial that has it.
func of(trials []*result.Trial, value func(*result.Trial) (float64, bool)) figure {
	f := figure{scale: 1}
	for _, t := range trials {
		if v, ok := value(t); ok {
			f.values = append(f.values, v)
		} else {
			f.missing++
		}
	}
	slices.Sort(f.values)
	return f
}

// scaled divides by scale for print.
func (f figure) scaled(scale float64, unit string) figure {
	f.scale, f.unit = scale, unit
	return f
}

func (f figure) median() float64 {
	n := len(f.values)
	if n%2 == 1 {
		return f.values[n/2]
	}
	return (f.values[n/2-1] + f.values[n/2]) / 2
}

// String is the median with the range.
func (f figure) String() string {
	n := len(f.values)
	if n == 0 {
		return "–"
	}
	text := digits(f.median() / f.scale)
	if n > 1 {
		text += fmt.Sprintf(" (%s–%s)", digits(f.values[0]/f.scale), digits(f.values[n-1]/f.scale))
	}
	if f.unit != "" {
		text += " " + f.unit
	}
	if f.missing > 0 {
		text += fmt.Sprintf(", none in %d of %d", f.missing, f.missing+n)
	}
	return text
}

// digits writes three significant digits, and whole numbers from 1,000 on.
func digits(v float64) string {
	if v == 0 {
		return "0"
	}
	if math.Abs(v) >= 1000 {
		return group(math.Round(v))
	}
	d := max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	return fmt.Sprintf("%.*f", d, v)
}

// group writes a whole number with commas.
func group(v float64) string {
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// grid is a table of engines.
type grid struct {
	head []string
	by   int  // the column that decides the order, from 1; 0: none
	high bool // more is better
	rows []gridRow
}

type gridRow struct {
	name, verdict, quality string
	figures                []figure
	trials                 int
	placed, adapted        bool
}

func (g *grid) add(name, verdict string, valid []*result.Trial, figures ...figure) {
	engine, _, _ := strings.Cut(name, ",") // more may stand behind it
	placed := engine != floor && len(valid) > 0 && !slices.ContainsFunc(valid, func(t *result.Trial) bool {
		v := &t.Verdict
		return !v.Correct || v.Duplicate+v.Overcounted+v.Unfinal+v.Tainted+v.Unjudged > 0
	})
	adapted := slices.ContainsFunc(valid, func(t *result.Trial) bool { return len(t.Adapted) > 0 })
	g.rows = append(g.rows, gridRow{name, verdict, quality(valid), figures, len(valid), placed, adapted})
}

// quality tells what was amiss with the measurement of trials; of none, nothing is known.
func quality(trials []*result.Trial) string {
	if len(trials) == 0 {
		return "–"
	}
	badges := map[string]bool{}
	for _, t := range trials {
		if t.Quality == result.Degraded {
			for _, b := range t.Badges {
				badges[b] = true
			}
		}
	}
	if len(badges) == 0 {
		return "clean"
	}
	return "degraded: " + strings.Join(sorted(badges), ", ")
}

// places gives each row its place in the order, empty if it has none. A new place begins only where all ranges from there on are
// separated from all before; with one trial each there is no range, and no place; nor has one that lacks the figure in some trial.
func (g *grid) places() []string {
	places := make([]string, len(g.rows))
	var order []int
	for i, r := range g.rows {
		if by := r.figures[g.by-1]; r.placed && by.missing == 0 && len(by.values) > 1 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		c := cmp.Compare(g.rows[a].figures[g.by-1].median(), g.rows[b].figures[g.by-1].median())
		if g.high {
			return -c
		}
		return c
	})
	for n, i := range order {
		places[i] = fmt.Sprint(n + 1)
		if n > 0 && g.bridged(order[:n], order[n:]) {
			places[i] = places[order[n-1]]
		}
	}
	return places
}

// bridged reports whether the figure of any of the rows before overlaps with that of any behind.
func (g *grid) bridged(before, behind []int) bool {
	return slices.ContainsFunc(before, func(a int) bool {
		return slices.ContainsFunc(behind, func(b int) bool { return overlap(g.rows[a].figures[g.by-1], g.rows[b].figures[g.by-1]) })
	})
}

func overlap(a, b figure) bool {
	return a.values[0] <= b.values[len(b.values)-1] && b.values[0] <= a.values[len(a.values)-1]
}

func (g *grid) write(r *report) {
	head := []string{"engine", "trials", "verdict", "quality"}
	if g.by > 0 {
		head = append(head, "order by "+g.head[g.by-1])
	}
	head = append(head, g.head...)
	r.printf("| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	var places []string
	if g.by > 0 {
		places = g.places()
	}
	for i, row := range g.rows {
		cells := []string{row.label(), fmt.Sprint(row.trials), row.verdict, row.quality}
		if g.by > 0 {
			cells = append(cells, places[i])
		}
		for _, f := range row.figures {
			cells = append(cells, f.String())
		}
		r.printf("| %s |\n", strings.Join(cells, " | "))
	}
	r.printf("\n")
}

// label is the engine's name, marked if it does an operator of the job by other means than its own, and what stands behind the name.
func (r *gridRow) label() string {
	engine, more, found := strings.Cut(r.name, ",")
	label := "`" + engine + "`"
	if r.adapted {
		label += "‡"
	}
	if found {
		label += "," + more
	}
	return label
}

func percentile(q float64) func(*result.Trial) (float64, bool) {
	return func(t *result.Trial) (float64, bool) {
		l := t.Latency["response"]
		if l == nil || l.BoundFrom != nil && *l.BoundFrom <= q {
			return 0, false
		}
		return value(map[float64]*int64{0.5: l.P50, 0.99: l.P99, 0.999: l.P999}[q])
	}
}

func value(v *int64) (float64, bool) {
	if v == nil {
		return 0, false
	}
	return float64(*v), true
}

func cpu(t *result.Trial) (float64, bool) { return t.Resources.CPUSeconds, true }

func memory(t *result.Trial) (float64, bool) { return float64(t.Resources.RSSPeak), true }

func policyFloor(t *result.Trial) (float64, bool) { return float64(t.PolicyFloorNS), true }

func aboveFloor(t *result.Trial) (float64, bool) {
	v, ok := percentile(0.5)(t)
	return v - float64(t.PolicyFloorNS), ok
}

func ready(t *result.Trial) (float64, bool) { return value(t.Lifecycle.Ready) }

func stopped(t *result.Trial) (float64, bool) { return value(t.Lifecycle.Stop) }

// recovery is from a kill that hit an engine at work: one that was still starting has not recovered from anything.
func recovery(t *result.Trial) (float64, bool) {
	if len(t.Lifecycle.Recoveries) == 0 || !t.Lifecycle.Recoveries[0].AtWork {
		return 0, false
	}
	return value(t.Lifecycle.Recoveries[0].Through)
}

func duplicates(t *result.Trial) (float64, bool) {
	return float64(t.Verdict.Duplicate), t.Verdict.Judged
}

func drainRate(t *result.Trial) (float64, bool) {
	if t.Backlog == nil || t.Backlog.Rate == nil {
		return 0, false
	}
	return *t.Backlog.Rate, true
}

func totalRate(t *result.Trial) (float64, bool) {
	if t.Backlog == nil {
		return 0, false
	}
	return t.Backlog.TotalRate, true
}

func cpuPerMillion(t *result.Trial) (float64, bool) {
	if t.Backlog == nil || t.Backlog.Events == 0 {
		return 0, false
	}
	return t.Resources.CPUSeconds / float64(t.Backlog.Events) * 1e6, true
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
