package fit

import (
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/realism"
)

// ranks gives the mean ranks of values, from 0.5 to n − 0.5.
func ranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case v[a] < v[b]:
			return -1
		case v[a] > v[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(v))
	for i := 0; i < len(v); {
		j := i
		for j < len(v) && v[order[j]] == v[order[i]] {
			j++
		}
		for _, at := range order[i:j] {
			out[at] = float64(i+j) / 2
		}
		i = j
	}
	return out
}

// scores maps values to normal scores by their ranks.
func scores(v []float64) []float64 {
	out := ranks(v)
	for i := range out {
		out[i] = distuv.UnitNormal.Quantile(min(max(out[i]/float64(len(v)), 1e-5), 1-1e-5))
	}
	return out
}

func rankCorrelation(a, b []float64) float64 { return number0(correlate(ranks(a), ranks(b))) }

func number0(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

func correlate(a, b []float64) float64 {
	var ma, mb, sa, sb, sab float64
	for i := range a {
		ma += a[i]
		mb += b[i]
	}
	n := float64(len(a))
	ma, mb = ma/n, mb/n
	for i := range a {
		sa += (a[i] - ma) * (a[i] - ma)
		sb += (b[i] - mb) * (b[i] - mb)
		sab += (a[i] - ma) * (b[i] - mb)
	}
	return sab / math.Sqrt(sa*sb)
}

// lagsAt are the lags at which movements are compared, and how much each counts.
var lagsAt = [...]int{1, 2, 5, 10, 20, 60, 200}
var weightOf = [...]float64{20, 5, 3, 10, 2, 1, 0.5}

// curve is an autocorrelation at those lags.
type curve [len(lagsAt)]float64

// target is what a field's movement should be like.
type target struct {
	acf    curve
	repeat float64
	cycle  float64 // share of the variance that the hour of day explains, where there is a daily cycle
}

func measured(v []float64) curve {
	var c curve
	for i, l := range lagsAt {
		c[i] = number0(realism.ACF(v, l))
	}
	return c
}

// smoothCurve is the autocorrelation of preset's smooth noise whose knots are `every` lags apart, averaged over where between
// two knots one is.
func smoothCurve(every float64) curve {
	weights := func(u float64) (float64, float64) {
		w := u * u * (3 - 2*u)
		norm := math.Sqrt(w*w + (1-w)*(1-w))
		return (1 - w) / norm, w / norm
	}
	var c curve
	const places = 200
	for i, l := range lagsAt {
		for p := range places {
			u := (float64(p) + 0.5) / places
			v := u + float64(l)/every
			a0, a1 := weights(u)
			b0, b1 := weights(v - math.Floor(v))
			switch math.Floor(v) {
			case 0:
				c[i] += (a0*b0 + a1*b1) / places
			case 1:
				c[i] += a1 * b0 / places
			}
		}
	}
	return c
}

func fastCurve(keep float64) curve {
	var c curve
	for i, l := range lagsAt {
		c[i] = math.Pow(keep, float64(l))
	}
	return c
}

// keeps and everies are the movements that are tried: of the fast part per interval, of smooth parts in intervals.
var (
	keeps   = []float64{0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99}
	everies = []float64{15, 30, 60, 120, 250, 500, 1000, 2000, 4000}
)

// move chooses the parts of a field's movement whose autocorrelation comes closest to a curve.
//
// Smooth parts turn often enough that so many messages show all of their values.
func move(def *preset.Field, c curve, usual time.Duration, messages int) {
	slow := slices.DeleteFunc(slices.Clone(everies), func(e float64) bool { return e > 60 && e*turns > float64(messages) })
	best := math.Inf(1)
	for _, keep := range keeps {
		for i, a := range slow {
			for _, b := range slow[i+1:] {
				parts := []curve{fastCurve(keep), smoothCurves[a], smoothCurves[b], {}} // the last is white
				shares, off := simplex(parts, c)
				if off < best {
					best = off
					set(def, keep, [2]float64{a, b}, shares, usual)
				}
			}
		}
	}
}

// turns is the least number of knots that a recording has.
const turns = 16

var smoothCurves = func() map[float64]curve {
	m := map[float64]curve{}
	for _, e := range everies {
		m[e] = smoothCurve(e)
	}
	return m
}()

func set(def *preset.Field, keep float64, every [2]float64, shares []float64, usual time.Duration) {
	def.Fast, def.Slow, def.White = preset.Fast{}, nil, round4(math.Sqrt(shares[3]))
	if shares[0] > 1e-4 {
		def.Fast = preset.Fast{Weight: round4(math.Sqrt(shares[0])), Keep: keep}
	}
	for j, e := range every {
		if shares[1+j] > 1e-4 {
			def.Slow = append(def.Slow, preset.Slow{Weight: round4(math.Sqrt(shares[1+j])), Every: preset.Span(time.Duration(e * float64(usual)))})
		}
	}
}

// simplex finds shares that add up to 1 and make the sum of curves closest to a goal, by moving shares in pairs.
func simplex(parts []curve, goal curve) (shares []float64, off float64) {
	shares = make([]float64, len(parts))
	for i := range shares {
		shares[i] = 1 / float64(len(parts))
	}
	off = distance(parts, shares, goal)
	for step := 0.25; step > 0.001; step /= 2 {
		for moved := true; moved; {
			moved = false
			for i := range parts {
				for j := range parts {
					d := min(step, shares[j])
					if i == j || d == 0 {
						continue
					}
					shares[i] += d
					shares[j] -= d
					if o := distance(parts, shares, goal); o < off-1e-7 {
						off, moved = o, true
						continue
					}
					shares[i] -= d
					shares[j] += d
				}
			}
		}
	}
	return shares, off
}

func distance(parts []curve, shares []float64, goal curve) float64 {
	var sum float64
	for l := range goal {
		v := -goal[l]
		for i := range parts {
			v += shares[i] * parts[i][l]
		}
		sum += weightOf[l] * v * v
	}
	return sum
}
