package bench

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// comparison is a part of the harness against a tool of Kafka's.
type comparison struct {
	name, title, other string
	extra              string // unit of a further column, of ours alone
	extraTitle         string
}

var comparisons = []comparison{
	{name: "Driver", title: "Driver", other: "ProducerPerformance", extra: "making-cpu-ms/MB", extraTitle: "making a value, alone, ms/MB"},
	{name: "Collector", title: "Collector", other: "ConsumerPerformance", extra: "analysed/s", extraTitle: "then analysed/s"},
}

// Targets of the comparisons, on a real Kafka: our rate over theirs, and our CPU time per MB over theirs.
const (
	rateTarget = 1.0
	cpuTarget  = 0.5
)

// The units of a comparison.
const (
	perSecond = "records/s"
	clientCPU = "client-cpu-ms/MB"
	brokerCPU = "broker-cpu-ms/MB"
	otherCPU  = "other-cpu-%"
)

func (s *results) compare(out io.Writer, c comparison) (missed []string) {
	fmt.Fprintf(out, "### %s against %s\n\n", c.title, c.other)
	pairs := s.pairs(c.name)
	if len(pairs) == 0 {
		fmt.Fprintf(out, "Not measured.\n\n")
		return nil
	}
	fmt.Fprintf(out, "| broker | value | records/s | %s | ratio, target ≥ %.1f | client CPU ms/MB | %s | ratio, target ≤ %.1f | broker CPU ms/MB, ours / theirs | other CPU |",
		c.other, rateTarget, c.other, cpuTarget)
	rule := "\n|---|---|---|---|---|---|---|---|---|---|"
	if c.extra != "" {
		fmt.Fprintf(out, " %s |", c.extraTitle)
		rule += "---|"
	}
	fmt.Fprintln(out, rule)
	for _, p := range pairs {
		real := p.keys["broker"] == "kafka"
		rate, rateMet := p.ratio(perSecond, func(r float64) bool { return r >= rateTarget })
		cpu, cpuMet := p.ratio(clientCPU, func(r float64) bool { return r <= cpuTarget })
		if !real {
			rateMet, cpuMet = true, true // the targets are of a real one
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %s | %s | %s | %s / %s | %s %% |", p.keys["broker"], p.keys["size"],
			p.ours(perSecond), p.theirs(perSecond), mark(rate, real, rateMet), p.ours(clientCPU), p.theirs(clientCPU), mark(cpu, real, cpuMet),
			p.ours(brokerCPU), p.theirs(brokerCPU), number(slices.Max(append(p.other, 0))))
		if c.extra != "" {
			fmt.Fprintf(out, " %s |", number(median(s.all(c.name, c.extra, p.keys))))
		}
		fmt.Fprintln(out)
		for _, m := range []struct {
			what, ratio, target string
			met                 bool
		}{{"records/s", rate, fmt.Sprintf("at least %.1f", rateTarget), rateMet}, {"CPU per MB", cpu, fmt.Sprintf("at most %.1f", cpuTarget), cpuMet}} {
			if !m.met {
				missed = append(missed, fmt.Sprintf("%s at %s: %s is %s of %s's, target %s", c.title, p.keys["size"], m.what, m.ratio, c.other, m.target))
			}
		}
	}
	fmt.Fprintln(out)
	return missed
}

// pair is the rounds of both tools with one size on one broker.
type pair struct {
	s     *results
	name  string
	keys  map[string]string
	other []float64 // percent of the machine's CPU time that others used, of all rounds
}

// pairs lists them in the order in which they were run.
func (s *results) pairs(name string) (all []pair) {
	for _, r := range s.rows {
		keys := map[string]string{"broker": r.keys["broker"], "size": r.keys["size"]}
		known := slices.ContainsFunc(all, func(p pair) bool { return p.keys["broker"] == keys["broker"] && p.keys["size"] == keys["size"] })
		if r.name == name && !known {
			all = append(all, pair{s: s, name: name, keys: keys, other: s.all(name, otherCPU, keys)})
		}
	}
	return all
}

func (p *pair) of(tool, unit string) []float64 {
	return p.s.all(p.name, unit, map[string]string{"broker": p.keys["broker"], "size": p.keys["size"], "tool": tool})
}

func (p *pair) ours(unit string) string   { return number(median(p.of("streamgauge", unit))) }
func (p *pair) theirs(unit string) string { return number(median(p.of("kafka", unit))) }

// ratio is ours over theirs: of the medians, and in brackets the least and the greatest of the rounds, which compare what
// ran at about the same time.
func (p *pair) ratio(unit string, met func(float64) bool) (text string, ok bool) {
	a, b := p.of("streamgauge", unit), p.of("kafka", unit)
	r := median(a) / median(b)
	text = ratioText(r)
	if n := min(len(a), len(b)); n > 1 {
		rounds := make([]float64, n)
		for i := range rounds {
			rounds[i] = a[i] / b[i]
		}
		text += fmt.Sprintf(" [%s–%s]", ratioText(slices.Min(rounds)), ratioText(slices.Max(rounds)))
	}
	return text, met(r)
}

func ratioText(r float64) string {
	if math.IsNaN(r) || math.IsInf(r, 0) {
		return "–"
	}
	return strconv.FormatFloat(r, 'f', 2, 64)
}

func mark(text string, judged, met bool) string {
	switch {
	case !judged:
		return text
	case met:
		return "**" + text + "**"
	}
	return "**" + text + "** missed"
}

// median is NaN of nothing.
func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// number writes three significant digits, with commas between thousands.
func number(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case v == 0:
		return "0"
	case math.Abs(v) < 999.5:
		digits := max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
		return strconv.FormatFloat(v, 'f', min(digits, 4), 64)
	}
	step := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-2)
	text := strconv.FormatFloat(math.Round(v/step)*step, 'f', 0, 64)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
