package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
)

// Unrankable lists why a trial has no place in a ranking; none means that it may be ranked: judged whole, correct without a
// duplicate, an overcount or a second emission, measured clean, whole, without injected faults, and not the floor.
func Unrankable(run *result.Run, t *result.Trial) []string {
	var why []string
	add := func(is bool, text string) {
		if is {
			why = append(why, text)
		}
	}
	v := &t.Verdict
	add(t.Floor, "it is the floor, a reference")
	add(t.Partial, "it was not finished")
	add(!t.Partial && !v.Judged, "it was not judged")
	add(v.Judged && !v.Correct, "its verdict is wrong")
	add(v.Duplicate+v.Overcounted+v.Unfinal > 0, "it answered some events more than once")
	add(v.Tainted > 0, "a repeated event made it give alerts")
	add(v.Unjudged > 0, "some of its windows could not be judged")
	add(!t.Partial && (t.Quality == result.Invalid || !t.Valid), "its measurement is invalid")
	add(t.Quality == result.Degraded, "its measurement is degraded: "+strings.Join(t.Badges, ", "))
	add(faulted(run, t), "faults were injected")
	return why
}

func faulted(run *result.Run, t *result.Trial) bool {
	if t.Restarts > 0 || slices.Contains(t.Badges, "faults-injected") {
		return true
	}
	return slices.ContainsFunc(run.Events, func(e result.Event) bool {
		return e.Trial == t.ID && e.Kind == "fault injected" // "fault" alone is what an engine says of itself
	})
}

// Unrankable lists why a subject has no place in a ranking. Invalid and unfinished trials are excluded, not counted
// against it, unless no other is left; any other trial must be rankable.
func (s *Subject) Unrankable(run *result.Run) []string {
	var why []string
	counted := s.Counted()
	for _, t := range s.Trials {
		if len(counted) > 0 && !counts(t) && (t.Verdict.Correct || !t.Verdict.Judged) {
			continue
		}
		for _, text := range Unrankable(run, t) {
			if !slices.Contains(why, text) {
				why = append(why, text)
			}
		}
	}
	return why
}

// Ranking orders subjects that may be held side by side: same job, load, placement, guarantee and input.
type Ranking struct {
	Title  string // what they have in common
	Places []Place
	Doubt  string // why the order may be chance; empty: repetitions separate the places
}

// Place is a subject's place in a ranking by response p99, or by p50 where a percentile is missing.
type Place struct {
	Rank int // from 1; subjects whose spreads overlap share a place
	Line Line
}

// Rankings gives the rankings of a run, those with two subjects or more.
func Rankings(run *result.Run) []Ranking {
	groups := map[string][]Line{}
	var titles []string
	for _, l := range Lines(run) {
		if len(l.Unrankable(run)) > 0 {
			continue
		}
		t := l.Counted()[0]
		k := fmt.Sprintf("%s, %s, %s, offered %s\x00%s", l.Job, l.Guarantee, l.Placement, Rate(t.OfferedRate), t.Input.OrderDigest)
		if len(groups[k]) == 0 {
			titles = append(titles, k)
		}
		groups[k] = append(groups[k], l)
	}
	var all []Ranking
	for _, k := range titles {
		if len(groups[k]) > 1 {
			title, _, _ := strings.Cut(k, "\x00")
			all = append(all, rank(title, groups[k]))
		}
	}
	return all
}

// RankedBy is the quantile a group is ranked by: the highest of p99 and p50 that all have, 0 if there is none.
func RankedBy(lines []Line) float64 {
	for _, q := range []float64{0.99, 0.5} {
		if !slices.ContainsFunc(lines, func(l Line) bool { return !l.Response[q].Known() || l.Response[q].Bound }) {
			return q
		}
	}
	return 0
}

func rank(title string, lines []Line) Ranking {
	q := RankedBy(lines)
	r := Ranking{Title: title + ", by response " + QuantileName(q)}
	if q == 0 {
		return Ranking{Title: title, Doubt: "no percentile is known of all, so they have no order"}
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(a.Response[q].Median, b.Response[q].Median) })
	least := lines[0].Response[q].N
	figures := make([]Figure, len(lines))
	for i, l := range lines {
		figures[i] = l.Response[q]
		least = min(least, figures[i].N)
	}
	for i, n := range ranks(figures) {
		r.Places = append(r.Places, Place{Rank: n, Line: lines[i]})
	}
	switch {
	case policyDiffers(lines):
		r.Doubt = "they wait by design for unequal times: " + policies(lines)
	case least < 2:
		r.Doubt = "one repetition: there is no spread between runs to hold the difference against, so the order may be chance"
	case least < intervalFrom:
		r.Doubt = fmt.Sprintf("%d repetitions: places are shared where ranges overlap, but five are needed for an interval", least)
	}
	return r
}

// ranks gives the places of figures in ascending order. A new place begins only where all figures from there on are separated from all
// before: else two that overlap, with one between them that is narrower, would have different places.
func ranks(figures []Figure) []int {
	all := make([]int, len(figures))
	for i := range figures {
		all[i] = i + 1
		if i > 0 && bridged(figures[:i], figures[i:]) {
			all[i] = all[i-1]
		}
	}
	return all
}

// bridged reports whether any of the figures before overlaps with any of those behind.
func bridged(before, behind []Figure) bool {
	return slices.ContainsFunc(before, func(a Figure) bool {
		return slices.ContainsFunc(behind, func(b Figure) bool { return overlap(a, b) })
	})
}

// overlap reports whether two figures are not separated by their repetitions: intervals, or ranges where there is none.
func overlap(a, b Figure) bool {
	if a.N < 2 || b.N < 2 {
		return false
	}
	al, ah := limits(a)
	bl, bh := limits(b)
	return al <= bh && bl <= ah
}

func limits(f Figure) (low, high float64) {
	if f.Interval != nil {
		return f.Interval[0], f.Interval[1]
	}
	return f.Min, f.Max
}
