package realism

import (
	"fmt"
	"math"
	"slices"
)

// sizes is C1: how far apart the quantiles of the message sizes are.
func (c *comparison) sizes() {
	size := func(d *side) []float64 {
		var v []float64
		for _, b := range d.bytes(c.JSON) {
			v = append(v, float64(len(b)))
		}
		return v
	}
	r, g := size(&c.real), size(&c.gen)
	var most float64
	for _, q := range []float64{0.05, 0.25, 0.5, 0.75, 0.95, 0.99} {
		if a, b := quantile(r, q), quantile(g, q); a != b { // both may be of no bytes
			most = max(most, math.Abs(math.Log2(b/a)))
		}
	}
	c.add("C1", "size", most, 0.25, fmt.Sprintf("median %.0f and %.0f B", quantile(r, 0.5), quantile(g, 0.5)))
}

// arrivals is C2: the intervals of one source.
func (c *comparison) arrivals() {
	most := float64(outage)
	if c.Raw {
		most = math.Inf(1)
	}
	r, g := c.real.intervalsUpTo(most), c.gen.intervalsUpTo(most)
	br, bg := burstiness(r), burstiness(g)
	c.add("C2", "interval KS", apart(br, bg, ks(r, g)), 0.15, "")
	c.add("C2", "burstiness", apart(br, bg, math.Abs(bg-br)), 0.20, fmt.Sprintf("%.2f and %.2f", br, bg))
}

// merged is C3: the burstiness of the whole stream in windows of about one, ten and hundred mean intervals: powers of ten.
func (c *comparison) merged() {
	real, gen := c.real.times, c.gen.times
	if !c.Raw {
		real, gen = c.real.closed(), c.gen.closed()
	}
	span := float64(real[len(real)-1] - real[0])
	usual := math.Pow(10, math.Round(math.Log10(span/float64(len(real)-1))))
	most, known := math.NaN(), math.NaN()
	note := ""
	for _, k := range []float64{1, 10, 100} {
		fr, fg := fano(real, k*usual), fano(gen, k*usual)
		if !math.IsNaN(fr) {
			known = fr
		}
		if d := math.Abs(math.Log2((fg + 0.1) / (fr + 0.1))); !(d <= most) && !math.IsNaN(d) {
			most, note = d, fmt.Sprintf("Fano %.2f and %.2f over %v s", fr, fg, k*usual/1e9)
		}
	}
	c.add("C3", "merged burstiness", apart(known, most, most), 1.2, note)
}

// values is C4: the distribution of each field.
func (c *comparison) values() {
	var all []float64
	all = append(all, c.perField(func(r, g []float64) float64 { return ks(r, g) })...)
	c.add("C4", "values KS", median(all), 0.15, worst(&c.real, all))
}

// perField gives f of each field's values.
func (c *comparison) perField(f func(r, g []float64) float64) []float64 {
	var all []float64
	for i := range c.real.fields {
		all = append(all, f(c.real.column(i), c.gen.column(i)))
	}
	return all
}

func (d *side) column(i int) []float64 {
	var v []float64
	for m := range d.Messages {
		if x := d.Messages[m].Values[d.fields[i]]; !math.IsNaN(x) {
			v = append(v, x)
		}
	}
	return v
}

// worst names the field with the highest measure.
func worst(d *side, all []float64) string {
	at := -1
	for i, v := range all {
		if !math.IsNaN(v) && (at < 0 || v > all[at]) {
			at = i
		}
	}
	if at < 0 {
		return ""
	}
	return fmt.Sprintf("highest %.2f: %s", all[at], d.Fields[d.fields[at]])
}

// dependence is C5: how a value depends on those before.
func (c *comparison) dependence() {
	for _, l := range []struct {
		lag       int
		threshold float64
	}{{1, 0.05}, {10, 0.15}} {
		at := func(v []float64) float64 {
			if !c.Raw {
				v = Smooth(v)
			}
			return ACF(v, l.lag)
		}
		r, g := c.real.perSource(at), c.gen.perSource(at)
		mr, mg := median(slices.Concat(r...)), median(slices.Concat(g...))
		c.add("C5", fmt.Sprintf("ACF lag %d", l.lag), apart(mr, mg, median(differences(&c.real, &c.gen, r, g))), l.threshold,
			fmt.Sprintf("median %.3f and %.3f", mr, mg))
	}
}

// quantisation is C6: values that repeat, and how many different ones there are.
func (c *comparison) quantisation() {
	r, g := c.real.perSource(Repeat), c.gen.perSource(Repeat)
	mr, mg := median(slices.Concat(r...)), median(slices.Concat(g...))
	c.add("C6", "repeats", apart(mr, mg, median(differences(&c.real, &c.gen, r, g))), 0.05, fmt.Sprintf("median %.2f and %.2f", mr, mg))
	ratios := c.perField(func(r, g []float64) float64 {
		n := min(len(r), len(g)) // the more values, the more different ones
		return math.Abs(math.Log2(float64(distinct(g[:n])) / float64(distinct(r[:n]))))
	})
	c.add("C6", "distinct log2", median(ratios), 1, worst(&c.real, ratios))
}

// day is C7: the daily cycle, of streams of a day or more.
func (c *comparison) day() {
	const hour = 3600e9
	if span := c.real.times[len(c.real.times)-1] - c.real.times[0]; span < 48*hour {
		c.add("C7", "daily R2", math.NaN(), 0.10, "less than 2 days")
		return
	}
	r2, peaks := c.cycle()
	c.add("C7", "daily R2", median(r2), 0.10, worst(&c.real, r2))
	c.add("C7", "peak hour", median(peaks), 2, "")
}

// cycle gives the difference of the daily cycle by field, and that of the peak hours of fields that have one.
func (c *comparison) cycle() (r2, peaks []float64) {
	for i := range c.real.fields {
		r, pr := c.real.daily(i)
		g, pg := c.gen.daily(i)
		if math.IsNaN(g) { // a constant: no cycle explains it, and no hour is its peak
			g, pg = 0, pr+12
		}
		r2 = append(r2, math.Abs(g-r))
		if r >= 0.1 {
			d := math.Abs(float64(pg - pr))
			peaks = append(peaks, min(d, 24-d))
		}
	}
	return r2, peaks
}

func (d *side) daily(i int) (float64, int) {
	var times []int64
	for m := range d.Messages {
		if !math.IsNaN(d.Messages[m].Values[d.fields[i]]) {
			times = append(times, d.Messages[m].Time)
		}
	}
	return daily(times, d.column(i))
}

// skew is C9: how unequally the keys share the messages.
func (c *comparison) skew() {
	counts := func(d *side) []float64 {
		var n []float64
		for _, k := range d.keys {
			n = append(n, float64(len(d.of[k])))
		}
		return n
	}
	r, g := counts(&c.real), counts(&c.gen)
	note := fmt.Sprintf("%d and %d keys", len(r), len(g))
	c.add("C9", "Gini", math.Abs(gini(g)-gini(r)), 0.05, note)
	c.add("C9", "Zipf exponent", math.Abs(zipf(g)-zipf(r)), 0.15, "")
}

// relations is X1: the largest difference of the correlations of two fields.
func (c *comparison) relations() {
	most := math.NaN()
	note := ""
	for i := range c.real.fields {
		for j := range i {
			r, g := c.real.correlation(i, j), c.gen.correlation(i, j)
			if d := math.Abs(g - r); !(d <= most) && !math.IsNaN(d) {
				most = d
				note = fmt.Sprintf("%.2f and %.2f: %s, %s", r, g, c.real.Fields[c.real.fields[j]], c.real.Fields[c.real.fields[i]])
			}
		}
	}
	c.add("X1", "correlations", most, 0.15, note)
}

func (d *side) correlation(i, j int) float64 {
	var a, b []float64
	for m := range d.Messages {
		x, y := d.Messages[m].Values[d.fields[i]], d.Messages[m].Values[d.fields[j]]
		if !math.IsNaN(x) && !math.IsNaN(y) {
			a, b = append(a, x), append(b, y)
		}
	}
	return correlation(a, b)
}
