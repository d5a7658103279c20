package latency

import "math"

// TailSamples is how many samples must lie beyond a percentile for it to be given: with 100 of them its sampling error is
// about 6 %, with 10 about 17 % (log-normal).
const TailSamples = 100

// Summary is the headline of a distribution in ns. A percentile is nil when fewer than TailSamples samples lie beyond it,
// or when its rank falls among the negative ones.
type Summary struct {
	Count      int64 // answered, whether the histogram holds them or not
	Censored   int64 // never answered: longer than any answer
	OutOfRange int64 // of Count: not in the histogram
	P50        *int64
	P90        *int64
	P99        *int64
	P999       *int64
	Max        int64 // of the recorded
	// BoundFrom is the quantile from which on values are lower bounds, because those who were not answered, or not within
	// an hour, lie there: such a percentile is given as the greatest value known. Nil when there is none.
	BoundFrom *float64
}

// Headline summarises what r has counted together with the number of events that were never answered.
func Headline(r *Recorder, censored int64) Summary {
	s := Summary{Count: r.Count(), Censored: censored, OutOfRange: r.OutOfRange(), Max: r.Max()}
	total := r.Count() + censored
	s.P50, s.P90 = r.supported(0.5, total), r.supported(0.9, total)
	s.P99, s.P999 = r.supported(0.99, total), r.supported(0.999, total)
	if known := total - censored - r.above; total > 0 && known < total {
		// The next double after the last known quantile: q ≥ BoundFrom holds exactly where the rank of q is not known.
		from := math.Nextafter(float64(known)/float64(total), 2)
		s.BoundFrom = &from
	}
	return s
}

// Quantile is the value of quantile q in ns under Headline's rules: nil where too few samples lie beyond it; a lower bound
// where bound is true.
func Quantile(r *Recorder, censored int64, q float64) (v *int64, bound bool) {
	total := r.Count() + censored
	return r.supported(q, total), rank(q, total) > r.negative+r.Recorded()
}

// supported is the value of quantile q among total samples, those beyond Count being longer than any answer.
func (r *Recorder) supported(q float64, total int64) *int64 {
	k := rank(q, total)
	if total-k < TailSamples || k <= r.negative {
		return nil
	}
	v := r.max
	switch {
	case k <= r.negative+r.Recorded():
		v = r.at(k - r.negative)
	case r.above > 0:
		v = Highest
	}
	return &v
}

// curvePoints is the most a curve has: enough for a plot of a thousand pixels whose tail is drawn on a logarithmic axis.
const curvePoints = 100

// Curve gives the quantile function as at most 100 pairs (quantile, ns), both ascending, from 0 to the greatest quantile
// with TailSamples samples beyond it. The distances shrink towards 1, as percentile plots do. Quantiles whose value is
// only a bound are left out. Nil when fewer than TailSamples samples lie beyond every quantile.
func Curve(r *Recorder, censored int64) [][2]float64 {
	total := r.Count() + censored
	if total <= TailSamples || r.Recorded() == 0 {
		return nil
	}
	span := math.Log10(float64(total) / TailSamples)
	var points [][2]float64
	for i := range curvePoints {
		q := 1 - math.Pow(10, -span*float64(i)/(curvePoints-1))
		if i == curvePoints-1 {
			q = 1 - TailSamples/float64(total)
		}
		k := rank(q, total) - r.negative
		if k < 1 {
			continue
		}
		if k > r.Recorded() {
			break
		}
		points = append(points, [2]float64{q, float64(r.at(k))})
	}
	return points
}

// rank is ceil(q × n) in [1, n]. The product of a decimal such as 0.999 and a count may lie a rounding error above the
// whole number it means, which must not move the rank.
func rank(q float64, n int64) int64 {
	exact := q * float64(n)
	k := math.Ceil(exact)
	if near := math.Round(exact); math.Abs(exact-near) < 1e-6 {
		k = near
	}
	return max(1, min(n, int64(k)))
}
