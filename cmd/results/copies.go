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
			lines = append(lines, copyLine(e.Name, pairs))
		}
	}
	if len(lines) == 0 {
		return
	}
	r.printf("### What the engine contract costs: `identity` beside a minimal copy job\n\n" +
		"Both drain the same records of 200 B, at least once, with the same virtual machine and the same settings of Kafka's clients; each pair is\n" +
		"measured in one go, by one observer. Ratios are identity / copy job, taken pair by pair. Rates are from the first record to the last, and\n" +
		"CPU is from the start of the process to the last record.\n\n" +
		"| engine | pairs | identity, records/s | copy job, records/s | ratio of rates (want ≥ 0.85) | identity, CPU s | copy job, CPU s | ratio of CPU (want ≤ 1.2) | within |\n" +
		"|---|---|---|---|---|---|---|---|---|\n")
	for _, l := range lines {
		r.printf("%s\n", l)
	}
	r.printf("\n")
}

func copyLine(name string, pairs []*pair) string {
	each := func(value func(*pair) float64) figure {
		f := figure{scale: 1}
		for _, p := range pairs {
			f.values = append(f.values, value(p))
		}
		slices.Sort(f.values)
		return f
	}
	rates := each(func(p *pair) float64 { return p.Identity.rate() / p.Copy.rate() })
	costs := each(func(p *pair) float64 { return p.Identity.CPUSeconds / p.Copy.CPUSeconds })
	within := "yes"
	if rates.median() < leastRate || costs.median() > mostCPU {
		within = "**no**"
	}
	return fmt.Sprintf("| `%s` | %d | %s | %s | %s | %s | %s | %s | %s |", name, len(pairs),
		each(func(p *pair) float64 { return p.Identity.rate() }), each(func(p *pair) float64 { return p.Copy.rate() }), rates,
		each(func(p *pair) float64 { return p.Identity.CPUSeconds }), each(func(p *pair) float64 { return p.Copy.CPUSeconds }), costs, within)
}
