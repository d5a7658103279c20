package realism

import (
	"cmp"
	"math"
	"slices"
)

// classifier is X2: how well a decision tree tells the generated values from the recorded ones by the last ten changes of
// a field. It learns from the even blocks of both and is asked about the odd ones; the measure is the KS distance of what
// it answers. Median over the fields.
func (c *comparison) classifier() {
	all := c.perFieldSource()
	c.add("X2", "classifier KS", median(all), 0.3, worst(&c.real, all))
}

// perFieldSource gives the KS distance of each field.
func (c *comparison) perFieldSource() []float64 {
	var all []float64
	for i := range c.real.fields {
		learnR, askR := c.real.windows(i)
		learnG, askG := c.gen.windows(i)
		all = append(all, separable(learnR, learnG, askR, askG))
	}
	return all
}

// lags is the number of features: the value and its differences to nine before, in units of the recording's spread.
const (
	lags   = 10
	blocks = 20
	most   = 200 // windows of one key and block
)

type row [lags]float64

// windows gives rows from the even and from the odd blocks of each key's series.
func (d *side) windows(field int) (even, odd []row) {
	for _, k := range d.keys {
		v := d.Column(d.fields[field], d.of[k])
		size := len(v) / blocks
		if size < lags {
			continue
		}
		for b := range blocks {
			step := max(1, (size-lags)/most)
			for i := b*size + lags - 1; i < (b+1)*size; i += step {
				if r := rowAt(v, i); b%2 == 0 {
					even = append(even, r)
				} else {
					odd = append(odd, r)
				}
			}
		}
	}
	return even, odd
}

func rowAt(v []float64, i int) row {
	r := row{v[i]}
	for l := 1; l < lags; l++ {
		r[l] = v[i] - v[i-l]
	}
	return r
}

func separable(learnR, learnG, askR, askG []row) float64 {
	n := min(len(learnR), len(learnG), 2_000)
	if n < 100 || len(askR) == 0 || len(askG) == 0 {
		return math.NaN()
	}
	t := grow(append(label(thin(learnR, n), 0), label(thin(learnG, n), 1)...), 4)
	answers := func(rows []row) []float64 {
		var v []float64
		for _, r := range rows {
			v = append(v, t.ask(r))
		}
		return v
	}
	return ks(answers(askR), answers(askG))
}

// thin takes n rows at equal steps.
func thin(rows []row, n int) []row {
	var out []row
	for i := range n {
		out = append(out, rows[i*len(rows)/n])
	}
	return out
}

type labelled struct {
	row
	is float64 // 1: generated
}

func label(rows []row, is float64) []labelled {
	var out []labelled
	for _, r := range rows {
		out = append(out, labelled{r, is})
	}
	return out
}

// tree is a node of a decision tree, a leaf without children.
type tree struct {
	share     float64 // of generated rows among those that it learned from
	feature   int
	at        float64
	low, high *tree
}

func (t *tree) ask(r row) float64 {
	for t.low != nil {
		if r[t.feature] <= t.at {
			t = t.low
		} else {
			t = t.high
		}
	}
	return t.share
}

// grow splits the rows where the two kinds part best, by Gini impurity, down to a depth.
func grow(rows []labelled, depth int) *tree {
	var sum float64
	for _, r := range rows {
		sum += r.is
	}
	t := &tree{share: sum / float64(len(rows))}
	if depth == 0 || len(rows) < 100 || sum == 0 || int(sum) == len(rows) {
		return t
	}
	best, parted := 2*t.share*(1-t.share)-1e-6, false
	sorted := make([]value, len(rows))
	for f := range lags {
		for i, r := range rows {
			sorted[i] = value{r.row[f], r.is}
		}
		slices.SortFunc(sorted, func(a, b value) int { return cmp.Compare(a.v, b.v) })
		if impurity, at := split(sorted, sum); impurity < best {
			best, parted, t.feature, t.at = impurity, true, f, at
		}
	}
	if !parted {
		return t
	}
	var low, high []labelled
	for _, r := range rows {
		if r.row[t.feature] <= t.at {
			low = append(low, r)
		} else {
			high = append(high, r)
		}
	}
	t.low, t.high = grow(low, depth-1), grow(high, depth-1)
	return t
}

// value is a feature of a row.
type value struct{ v, is float64 }

// split finds the best place to cut sorted values, at least 20 from each end: the impurity after it, and the highest value
// of the lower part.
func split(sorted []value, total float64) (float64, float64) {
	best, at := math.Inf(1), 0.0
	n, low := float64(len(sorted)), 0.0
	for i := 1; i < len(sorted); i++ {
		low += sorted[i-1].is
		if i < 20 || len(sorted)-i < 20 || sorted[i].v == sorted[i-1].v {
			continue
		}
		a, b := float64(i), n-float64(i)
		pa, pb := low/a, (total-low)/b
		if g := (a*2*pa*(1-pa) + b*2*pb*(1-pb)) / n; g < best {
			best, at = g, sorted[i-1].v
		}
	}
	return best, at
}
