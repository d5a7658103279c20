package reports_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

func TestFigureIsMedianWithRangeBelowFive(t *testing.T) {
	for _, c := range []struct {
		values       []float64
		text, spread string
	}{
		{nil, "n/a (not measured)", ""},
		{[]float64{5e6}, "5.00 ms", ""},
		{[]float64{9e6, 5e6, 6e6}, "6.00 ms", "5.00 ms–9.00 ms"},
		{[]float64{9e6, 5e6, 6e6, 7e6}, "6.50 ms", "5.00 ms–9.00 ms"},
	} {
		f := reports.NewFigure(c.values)
		if got := f.Text(reports.Duration); got != c.text {
			t.Errorf("text of %v = %q, want %q", c.values, got, c.text)
		}
		if got := f.Spread(reports.Duration); got != c.spread {
			t.Errorf("spread of %v = %q, want %q", c.values, got, c.spread)
		}
	}
}

// The interval of 1, 2, 4, 8, 16: logarithms to base 2 are 0 … 4, mean 2, sd √2.5; t(0.975, 4) = 2.776445.
func TestIntervalIsStudentsTOnLogarithms(t *testing.T) {
	f := reports.NewFigure([]float64{16, 1, 8, 2, 4})
	if f.Interval == nil {
		t.Fatal("no interval from five values")
	}
	half := 2.7764451 * math.Sqrt(2.5) / math.Sqrt(5)
	for i, want := range []float64{math.Exp2(2 - half), math.Exp2(2 + half)} {
		if got := f.Interval[i]; math.Abs(got-want) > 1e-6*want {
			t.Errorf("end %d = %v, want %v", i, got, want)
		}
	}
}

// What the interval claims, it must keep: of many sets of five log-normal repetitions, 95 in a hundred contain the truth.
func TestIntervalCoversTheTruthAsOftenAsItSays(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const sets = 4000
	in := 0
	for range sets {
		values := make([]float64, 5)
		for i := range values {
			values[i] = math.Exp(3 + 0.1*rng.NormFloat64())
		}
		if f := reports.NewFigure(values); f.Interval[0] <= math.Exp(3) && math.Exp(3) <= f.Interval[1] {
			in++
		}
	}
	if share := float64(in) / sets; share < 0.935 || share > 0.965 {
		t.Errorf("%d of %d intervals contain the truth, want 95 %%", in, sets)
	}
}

func TestNoIntervalWhereLogarithmsDoNotExist(t *testing.T) {
	if f := reports.NewFigure([]float64{0, 1, 2, 3, 4}); f.Interval != nil || f.Spread(reports.Number) != "0–4" {
		t.Errorf("figure %+v", f)
	}
}

func TestPercentileSaysWhyItIsMissing(t *testing.T) {
	v, from := int64(7e6), 0.95
	for _, c := range []struct {
		name    string
		l       *result.Latency
		q       float64
		bound   bool
		missing string
	}{
		{"none", nil, 0.5, false, "not measured"},
		{"no sample", &result.Latency{}, 0.5, false, "not measured"},
		{"few", &result.Latency{Count: 9_999}, 0.99, false, "needs 10,000 samples"},
		{"few beyond p99.9", &result.Latency{Count: 50_000}, 0.999, false, "needs 100,000 samples"},
		{"clock", &result.Latency{Count: 50_000}, 0.5, false, "its rank falls among samples out of range"},
		{"there", &result.Latency{Count: 50_000, P50: &v}, 0.5, false, ""},
		{"bound", &result.Latency{Count: 50_000, P99: &v, BoundFrom: &from}, 0.99, true, ""},
		{"below the bound", &result.Latency{Count: 50_000, P90: &v, BoundFrom: &from}, 0.9, false, ""},
		{"max of all", &result.Latency{Count: 5, Max: 3}, 1, false, ""},
		{"max is a bound while events are unanswered", &result.Latency{Count: 5, Censored: 1, Max: 3}, 1, true, ""},
	} {
		_, bound, missing := reports.Percentile(c.l, c.q)
		if bound != c.bound || missing != c.missing {
			t.Errorf("%s: Percentile = bound %v, missing %q, want %v, %q", c.name, bound, missing, c.bound, c.missing)
		}
	}
}

func TestSamplesFor(t *testing.T) {
	for q, want := range map[float64]int64{0.5: 200, 0.9: 1000, 0.99: 10_000, 0.999: 100_000} {
		if got := reports.SamplesFor(q); got != want {
			t.Errorf("SamplesFor(%v) = %d, want %d", q, got, want)
		}
	}
}
