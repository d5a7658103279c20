package reports

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/streamgauge/streamgauge/harness/latency"
	"github.com/streamgauge/streamgauge/harness/result"
)

// Figure is one quantity over the repetitions of a subject. The run is the unit of replication: the spread here is between
// repetitions, never within one.
type Figure struct {
	N      int     // repetitions it was taken from
	Median float64 // in the quantity's unit
	Min    float64
	Max    float64
	// Interval is the 95 % interval of the geometric mean, by Student's t on logarithms; nil below five repetitions, where
	// the range is all that may be said, and where a value is a bound or not positive. Few runs are never bootstrapped:
	// that covers the truth 73 to 83 times in a hundred where 95 are claimed.
	Interval *[2]float64
	Bound    bool   // the median is a lower bound: events that were never answered lie beyond it
	Missing  string // why there is no figure: "needs 10,000 samples", "not measured"; empty: there is one
}

// intervalFrom is the number of repetitions from which an interval is given.
const intervalFrom = 5

// NewFigure summarises one value for each repetition, in any order; none gives a figure that was not measured.
func NewFigure(values []float64) Figure {
	if len(values) == 0 {
		return Figure{Missing: "not measured"}
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	f := Figure{N: n, Median: sorted[n/2], Min: sorted[0], Max: sorted[n-1]}
	if n%2 == 0 {
		f.Median = (sorted[n/2-1] + sorted[n/2]) / 2
	}
	if n >= intervalFrom && sorted[0] > 0 {
		f.Interval = interval(sorted)
	}
	return f
}

// interval is exp(mean ± t × standard error) of the logarithms.
func interval(values []float64) *[2]float64 {
	logs := make([]float64, len(values))
	for i, v := range values {
		logs[i] = math.Log(v)
	}
	mean, sd := stat.MeanStdDev(logs, nil)
	n := float64(len(values))
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975) * sd / math.Sqrt(n)
	return &[2]float64{math.Exp(mean - half), math.Exp(mean + half)}
}

// Known reports whether there is a figure.
func (f Figure) Known() bool { return f.Missing == "" }

// Text writes the median: "12.3 ms", "> 12.3 ms" for a bound, "n/a (needs 10,000 samples)".
func (f Figure) Text(write func(float64) string) string {
	switch {
	case !f.Known():
		return NotAvailable + " (" + f.Missing + ")"
	case f.Bound:
		return "> " + write(f.Median)
	}
	return write(f.Median)
}

// Short is Text without the reason.
func (f Figure) Short(write func(float64) string) string {
	if !f.Known() {
		return NotAvailable
	}
	return f.Text(write)
}

// Spread writes what repetitions differ by: the 95 % interval in brackets from five on, "min–max" from two on, and nothing
// for one.
func (f Figure) Spread(write func(float64) string) string {
	switch {
	case !f.Known() || f.N < 2:
		return ""
	case f.Interval != nil:
		return "[" + write(f.Interval[0]) + ", " + write(f.Interval[1]) + "]"
	case f.Bound:
		return "from " + write(f.Min)
	}
	return write(f.Min) + "–" + write(f.Max)
}

// Quantiles of a headline, in the order of every table.
func Quantiles() []float64 { return []float64{0.5, 0.9, 0.99, 0.999} }

// QuantileName is the name of a quantile in tables: "p50", "p99.9".
func QuantileName(q float64) string {
	return fmt.Sprintf("p%g", math.Round(q*1e6)/1e4)
}

// SamplesFor is how many samples a percentile needs, so that TailSamples of them lie beyond it.
func SamplesFor(q float64) int64 { return int64(math.Round(latency.TailSamples / (1 - q))) }

// Percentile gives a headline percentile of one trial: the value in ns; whether it is only a lower bound; and, where there
// is none, the reason. q is one of Quantiles, or 1 for the greatest value.
func Percentile(l *result.Latency, q float64) (ns float64, bound bool, missing string) {
	if l == nil || l.Count+l.Censored == 0 {
		return 0, false, "not measured"
	}
	bound = l.BoundFrom != nil && q >= *l.BoundFrom
	if q == 1 {
		return float64(l.Max), l.Censored > 0 || bound, ""
	}
	var v *int64
	switch q {
	case 0.5:
		v = l.P50
	case 0.9:
		v = l.P90
	case 0.99:
		v = l.P99
	case 0.999:
		v = l.P999
	}
	switch {
	case v != nil:
		return float64(*v), bound, ""
	case l.Count+l.Censored < SamplesFor(q):
		return 0, false, "needs " + Count(SamplesFor(q)) + " samples"
	}
	return 0, false, "its rank falls among samples out of range"
}

// percentileFigure summarises a percentile over trials. It is known only if every trial has it; it is a bound if one is,
// because a median of lower bounds is a lower bound of the median.
func percentileFigure(trials []*result.Trial, metric string, q float64) Figure {
	values := make([]float64, 0, len(trials))
	anyBound := false
	for _, t := range trials {
		v, bound, missing := Percentile(t.Latency[metric], q)
		if missing != "" {
			return Figure{Missing: missing}
		}
		anyBound = anyBound || bound
		values = append(values, v)
	}
	f := NewFigure(values)
	if anyBound {
		f.Bound, f.Interval = true, nil
	}
	return f
}
