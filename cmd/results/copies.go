package main

import (
	"fmt"
	"slices"
)

// What the contract may cost beside a minimal copy job.
const (
	leastRate = 0.85 // of the copy job's drain rate
	mostCPU   = 1.2  // of its processor time
)

// copies is the table of what the contract costs.
func (r *report) copies() {
	var lines []string
	for _, e := range r.engines {
		var pairs []*pair
		for i := range r.all {
			if m := &r.all[i]; m.stage == "copy" && m.engine == e.Name && m.Pair != nil {
				pairs = append(pairs, m.Pair)
			}
		}
		if len(pairs) > 0 {
			lines = append(lines, copyLines(e.Name, pairs)...)
		}
	}
	if len(lines) == 0 {
		return
	}
	r.printf("### What the engine contract costs: `identity` beside a minimal copy job\n\n" +
		"Both drain the same records of 200 B, at least once, with the same virtual machine and the same settings of Kafka's clients; each pair is\n" +
		"measured in one go, by one observer, identity first in every other pair. Ratios are identity / copy job, taken pair by pair. Rates and CPU are from\n" +
		"the first record to the last, as the observer sees them. Of the answers of `identity` keys and identities are held against the input's, those of\n" +
		"copy jobs are counted. *Whole* is a second copy job beside Flink's and Storm's, which leave out\n" +
		"headers and Flink's keys too, as the documentation does: it takes them along, so it tells what they cost any job that keeps them.\n\n" +
		"| engine | pairs | identity, records/s | copy job, records/s | ratio of rates (want ≥ 0.85) | identity, CPU s | copy job, CPU s | ratio of CPU (want ≤ 1.2) | within |\n" +
		"|---|---|---|---|---|---|---|---|---|\n")
	for _, l := range lines {
		r.printf("%s\n", l)
	}
	r.printf("\n")
}

// copyLines are the line of an engine, and the one beside its copy of whole records if it has one.
func copyLines(name string, pairs []*pair) []string {
	lines := []string{copyLine("`"+name+"`", pairs, func(p *pair) *copied { return &p.Copy })}
	whole := slices.DeleteFunc(slices.Clone(pairs), func(p *pair) bool { return p.Whole == nil })
	if len(whole) > 0 {
		lines = append(lines, copyLine("`"+name+"`, whole", whole, func(p *pair) *copied { return p.Whole }))
	}
	return lines
}

func copyLine(label string, pairs []*pair, beside func(*pair) *copied) string {
	each := func(value func(*pair) float64) figure {
		f := figure{scale: 1}
		for _, p := range pairs {
			f.values = append(f.values, value(p))
		}
		slices.Sort(f.values)
		return f
	}
	rates := each(func(p *pair) float64 { return p.Identity.rate() / beside(p).rate() })
	costs := each(func(p *pair) float64 { return p.Identity.cost() / beside(p).cost() })
	within := "yes"
	if rates.median() < leastRate || costs.median() > mostCPU {
		within = "**no**"
	}
	return fmt.Sprintf("| %s | %d | %s | %s | %s | %s | %s | %s | %s |", label, len(pairs),
		each(func(p *pair) float64 { return p.Identity.rate() }), each(func(p *pair) float64 { return beside(p).rate() }), rates,
		each(func(p *pair) float64 { return p.Identity.cost() }), each(func(p *pair) float64 { return beside(p).cost() }), costs, within)
}
