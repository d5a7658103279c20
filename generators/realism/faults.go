package realism

import (
	"fmt"
	"math"
)

// rates are the faults of a stream, each a share.
type rates struct {
	gap, duplicate, disorder, malformed, missing float64
}

// faults is C8: how often each kind of fault is.
func (c *comparison) faults() {
	r, g := c.real.rates(), c.gen.rates()
	add := func(name string, a, b float64) {
		c.add("C8", name, math.Abs(b-a), max(0.005, a/2), fmt.Sprintf("%.3f and %.3f", a, b))
	}
	add("gaps", r.gap, g.gap)
	add("duplicates", r.duplicate, g.duplicate)
	add("out of order", r.disorder, g.disorder)
	add("malformed", r.malformed, g.malformed)
	add("missing fields", r.missing, g.missing)
}

// rates counts: intervals above 1.5 times their key's median one; messages with the key and time of another; times below
// the highest one so far; messages that cannot be read; fields without a number where most messages have one.
func (d *side) rates() rates {
	var r rates
	gaps, n := 0, 0
	for _, x := range d.pooled() {
		if n++; x > 1.5 {
			gaps++
		}
	}
	r.gap = float64(gaps) / float64(max(n, 1))
	total := float64(len(d.Messages))
	r.duplicate, r.disorder = float64(d.duplicates())/total, float64(d.disorder())/total
	r.malformed = float64(d.Bad) / (total + float64(d.Bad))
	r.missing = d.missing()
	return r
}

func (d *side) duplicates() int {
	n := 0
	for _, at := range d.of {
		seen := make(map[int64]bool, len(at))
		for _, i := range at {
			t := d.Messages[i].Time
			if seen[t] {
				n++
			}
			seen[t] = true
		}
	}
	return n
}

func (d *side) disorder() int {
	n, most := 0, int64(math.MinInt64)
	for i := range d.Messages {
		if t := d.Messages[i].Time; t < most {
			n++
		} else {
			most = t
		}
	}
	return n
}

// missing is the median over the fields of the share of messages without the number.
func (d *side) missing() float64 {
	var all []float64
	for i := range d.fields {
		all = append(all, 1-float64(len(d.column(i)))/float64(len(d.Messages)))
	}
	if len(all) == 0 {
		return 0
	}
	return median(all)
}
