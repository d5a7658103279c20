package latency

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const ms = int64(time.Millisecond)

// exact is the value of rank ceil(q × n) of sorted values.
func exact(sorted []int64, q float64) int64 { return sorted[rank(q, int64(len(sorted)))-1] }

// isClose says whether a histogram may give got for want: at most 0.1 % or 1 µs above, never below.
func isClose(got, want int64) bool {
	return got >= want && float64(got-want) <= max(float64(want)/1000, 1000)
}

func TestQuantilesAgreeWithSortedSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, Highest), rapid.Int64Range(0, 10*ms), rapid.Int64Range(0, 3000)), 1, 500).Draw(t, "values")
		dense, sparse, halves := New(), NewSparse(), [2]*Recorder{New(), NewSparse()}
		for i, v := range values {
			dense.Record(v)
			sparse.Record(v)
			halves[i%2].Record(v)
		}
		merged := New()
		merged.Merge(halves[0])
		merged.Merge(halves[1])
		back := NewSparse()
		back.Merge(merged)
		back.Merge(NewSparse())
		slices.Sort(values)
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		want := exact(values, q)
		for name, r := range map[string]*Recorder{"dense": dense, "sparse": sparse, "merged": merged, "back": back} {
			if got, ok := r.Quantile(q); !ok || !isClose(got, want) {
				t.Errorf("%s.Quantile(%g) = %d, %v, want %d", name, q, got, ok, want)
			}
			if r.Min() != values[0] || r.Max() != values[len(values)-1] || r.Count() != int64(len(values)) {
				t.Errorf("%s: min, max, count = %d, %d, %d, want %d, %d, %d", name, r.Min(), r.Max(), r.Count(), values[0], values[len(values)-1], len(values))
			}
		}
	})
}

func TestNothingIsDroppedOrClamped(t *testing.T) {
	r := New()
	for _, v := range []int64{-1, math.MinInt64, 0, 1, Highest, Highest + 1, math.MaxInt64} {
		r.Record(v)
	}
	if r.Count() != 7 || r.Recorded() != 3 || r.Negative() != 2 || r.Above() != 2 || r.OutOfRange() != 4 || r.Max() != Highest {
		t.Errorf("count, recorded, negative, above, max = %d, %d, %d, %d, %d, want 7, 3, 2, 2, %d", r.Count(), r.Recorded(), r.Negative(), r.Above(), r.Max(), Highest)
	}
	s := NewSparse()
	s.Merge(r)
	r.Merge(s)
	if r.Count() != 14 || r.OutOfRange() != 8 || s.Count() != 7 {
		t.Errorf("merged twice = %d samples, %d out of range, want 14 and 8", r.Count(), r.OutOfRange())
	}
	for q, want := range map[float64]bool{0.1: false, 0.3: true, 0.7: true, 0.8: false} {
		if _, ok := r.Quantile(q); ok != want {
			t.Errorf("Quantile(%g) known = %v, want %v", q, ok, want)
		}
	}
	r.Reset()
	if r.Count() != 0 || r.Max() != 0 || r.Min() != 0 || r.Sum() != 0 || r.Mean() != 0 {
		t.Errorf("after Reset: %d samples, max %d", r.Count(), r.Max())
	}
}

func TestEmptyRecorderHasNoQuantile(t *testing.T) {
	for _, r := range []*Recorder{New(), NewSparse()} {
		if v, ok := r.Quantile(0.5); ok {
			t.Errorf("Quantile(0.5) of nothing = %d, want none", v)
		}
		if diff := cmp.Diff(Summary{}, Headline(r, 0)); diff != "" {
			t.Errorf("Headline of nothing (-want +got):\n%s", diff)
		}
		if c := Curve(r, 1000); c != nil {
			t.Errorf("Curve of nothing = %v, want nil", c)
		}
	}
}

// uniform records 1, 2, …, n ms.
func uniform(n int64) *Recorder {
	r := New()
	for i := range n {
		r.Record((i + 1) * ms)
	}
	return r
}

func TestPercentilesNeedAHundredSamplesBeyond(t *testing.T) {
	for _, c := range []struct {
		n                   int64
		p50, p90, p99, p999 bool
	}{
		{199, false, false, false, false}, {200, true, false, false, false}, {999, true, false, false, false}, {1000, true, true, false, false},
		{9_999, true, true, false, false}, {10_000, true, true, true, false}, {99_999, true, true, true, false}, {100_000, true, true, true, true},
	} {
		s := Headline(uniform(c.n), 0)
		for _, p := range []struct {
			q    float64
			v    *int64
			want bool
		}{{0.5, s.P50, c.p50}, {0.9, s.P90, c.p90}, {0.99, s.P99, c.p99}, {0.999, s.P999, c.p999}} {
			if (p.v != nil) != p.want {
				t.Errorf("quantile %g of %d samples given: %v, want %v", p.q, c.n, p.v != nil, p.want)
			}
			if want := int64(math.Ceil(p.q*float64(c.n))) * ms; p.v != nil && math.Abs(float64(*p.v-want)) > float64(want)/1000 {
				t.Errorf("quantile %g of %d samples = %d, want %d", p.q, c.n, *p.v, want)
			}
		}
	}
}

func TestUnansweredEventsAreTheLongest(t *testing.T) {
	// 9,900 answers of 1 to 9,900 ms and 100 that never came: p99 is the last known.
	s := Headline(uniform(9900), 100)
	if s.P99 == nil || !isClose(*s.P99, 9900*ms) || s.BoundFrom == nil || *s.BoundFrom <= 0.99 || *s.BoundFrom > 0.9900001 {
		t.Errorf("p99, bound from = %v, %v, want 9.9 s, known", s.P99, s.BoundFrom)
	}
	if _, bound := Quantile(uniform(9900), 100, 0.99); bound {
		t.Error("p99 is a bound, want a value")
	}
	s = Headline(uniform(9899), 101)
	if s.P99 == nil || *s.P99 != 9899*ms || *s.BoundFrom > 0.99 {
		t.Errorf("p99, bound from = %v, %v, want the bound 9.899 s", s.P99, s.BoundFrom)
	}
	if _, bound := Quantile(uniform(9899), 101, 0.99); !bound {
		t.Error("p99 is a value, want a bound")
	}
	s = Headline(New(), 500)
	if s.Count != 0 || s.P50 == nil || *s.P50 != 0 || s.BoundFrom == nil || *s.BoundFrom > 1e-300 {
		t.Errorf("nothing answered: %+v, want bounds of 0 throughout", s)
	}
}

func TestSamplesOutOfRangeKeepTheirRank(t *testing.T) {
	r := uniform(800)
	for range 100 {
		r.Record(-5)
		r.Record(2 * Highest)
	}
	s := Headline(r, 0)
	if s.Count != 1000 || s.OutOfRange != 200 || !isClose(*s.P50, 400*ms) || !isClose(*s.P90, 800*ms) {
		t.Errorf("headline = %+v, want p50 400 ms and p90 800 ms of 1000", s)
	}
	if v, bound := Quantile(r, 0, 0.05); v != nil || bound {
		t.Errorf("quantile among the negative = %v, %v, want none", v, bound)
	}
	r.Record(2 * Highest)
	if v, bound := Quantile(r, 99, 0.9); v == nil || *v != Highest || !bound {
		t.Errorf("quantile among those above = %v, %v, want the bound of an hour", v, bound)
	}
}

func TestBoundFromMeansWhatQuantileSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := New()
		for range rapid.IntRange(0, 300).Draw(t, "answered") {
			r.Record(ms)
		}
		censored := rapid.Int64Range(1, 300).Draw(t, "censored")
		from := Headline(r, censored).BoundFrom
		q := float64(rapid.IntRange(1, 1000).Draw(t, "q")) / 1000
		if _, bound := Quantile(r, censored, q); from == nil || bound != (q >= *from) {
			t.Errorf("%d answered, %d not: quantile %g is a bound: %v; bound from %v", r.Count(), censored, q, bound, from)
		}
	})
}

func TestCurveEndsWhereKnowledgeEnds(t *testing.T) {
	for _, c := range []struct {
		n, censored int64
		last        float64
		points      int
	}{{1_000_000, 0, 0.9999, 100}, {1000, 0, 0.9, 100}, {900, 100, 0.9, 100}, {500, 500, 0.5, 30}, {100, 0, 0, 0}} {
		curve := Curve(uniform(c.n), c.censored)
		if len(curve) != c.points {
			t.Errorf("curve of %d and %d: %d points, want %d", c.n, c.censored, len(curve), c.points)
		}
		if len(curve) == 0 {
			continue
		}
		if q := curve[len(curve)-1][0]; curve[0][0] != 0 || q > c.last+1e-9 || c.points == 100 && q != c.last {
			t.Errorf("curve of %d and %d runs from %g to %g, want 0 to %g", c.n, c.censored, curve[0][0], q, c.last)
		}
		for i := 1; i < len(curve); i++ {
			if curve[i][0] <= curve[i-1][0] || curve[i][1] < curve[i-1][1] {
				t.Fatalf("curve of %d and %d falls at %v", c.n, c.censored, curve[i])
			}
		}
	}
}

func TestRankIsNotMovedByRounding(t *testing.T) {
	for n := int64(1000); n <= 1_000_000_000; n *= 10 {
		for m := range int64(1000) {
			if got, want := rank(float64(m)/1000, n), max(1, n/1000*m); got != want {
				t.Fatalf("rank(%g, %d) = %d, want %d", float64(m)/1000, n, got, want)
			}
		}
	}
}

var sampleStart = time.Date(2026, 7, 13, 10, 0, 0, 125e6, time.UTC)

func sampleIntervals() []Interval {
	rng := rand.New(rand.NewPCG(1, 1))
	var all []Interval
	for s := range 5 {
		r := []func() *Recorder{New, NewSparse}[s%2]()
		for range 1000 * s {
			r.Record(int64(rng.ExpFloat64() * 20e6))
		}
		if s == 3 {
			r.Record(-1)
			r.Record(Highest + 1)
		}
		tag := "measure"
		if s < 2 {
			tag = "warmup"
		}
		all = append(all, Interval{Tag: tag, Start: time.Duration(s) * time.Second, End: time.Duration(s+1) * time.Second, Samples: r})
	}
	return append(all, Interval{Start: 5 * time.Second, End: 5500 * time.Millisecond, Samples: uniform(10)})
}

func writeSample(t testing.TB) []byte {
	var b bytes.Buffer
	w, err := NewLogWriter(&b, sampleStart)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range sampleIntervals() {
		if err := w.Write(i); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestLogRoundTrip(t *testing.T) {
	var got []Interval
	for i, err := range ReadLog(bytes.NewReader(writeSample(t))) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, i)
	}
	want := sampleIntervals()
	if len(got) != len(want) {
		t.Fatalf("read %d intervals, want %d", len(got), len(want))
	}
	for n, w := range want {
		g := got[n]
		if g.Tag != w.Tag || g.Start != w.Start || g.End != w.End {
			t.Errorf("interval %d = %q [%s, %s), want %q [%s, %s)", n, g.Tag, g.Start, g.End, w.Tag, w.Start, w.End)
		}
		if g.Samples.Count() != w.Samples.Count() || g.Samples.Negative() != w.Samples.Negative() || g.Samples.Above() != w.Samples.Above() {
			t.Errorf("interval %d: %d samples, %d out of range, want %d, %d", n, g.Samples.Count(), g.Samples.OutOfRange(), w.Samples.Count(), w.Samples.OutOfRange())
		}
		for _, q := range []float64{0, 0.5, 0.99, 1} {
			a, _ := g.Samples.Quantile(q)
			b, _ := w.Samples.Quantile(q)
			if math.Abs(float64(a-b)) > max(float64(b)/1000, 1000) {
				t.Errorf("interval %d quantile %g = %d, want %d", n, q, a, b)
			}
		}
	}
}

func TestLogRefusesWhatItCannotHold(t *testing.T) {
	w, err := NewLogWriter(&bytes.Buffer{}, sampleStart)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []Interval{{Start: -1, End: 1}, {Start: 2, End: 1}, {Tag: "a b"}, {Tag: "a,b"}, {Tag: "a\n"}} {
		i.Samples = New()
		if err := w.Write(i); err == nil {
			t.Errorf("Write(%q [%s, %s)) = nil, want an error", i.Tag, i.Start, i.End)
		}
	}
	want := errors.New("disk full")
	if _, err := NewLogWriter(failing{want}, sampleStart); !errors.Is(err, want) {
		t.Errorf("NewLogWriter = %v, want %v", err, want)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestDamagedLogsAreErrors(t *testing.T) {
	good := string(writeSample(t))
	lines := strings.SplitAfter(good, "\n")
	for name, text := range map[string]string{
		"fields": "1,2,3\n", "time": "x,1,1,HIST\n", "length": "1,NaN,1,HIST\n", "payload": "1.0,1.0,1.0,HISTgarbage\n",
		"cut": strings.TrimSuffix(lines[5], "\n")[:len(lines[5])-20],
	} {
		var last error
		for _, err := range ReadLog(strings.NewReader(text)) {
			last = err
		}
		if !errors.Is(last, ErrLog) || !strings.Contains(last.Error(), "line 1") {
			t.Errorf("ReadLog of a bad %s = %v, want ErrLog with its line", name, last)
		}
	}
	want := errors.New("broken pipe")
	for _, err := range ReadLog(iotest.ErrReader(want)) {
		if !errors.Is(err, want) {
			t.Errorf("ReadLog = %v, want %v", err, want)
		}
	}
}

func FuzzReadLog(f *testing.F) {
	f.Add(writeSample(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		for range ReadLog(bytes.NewReader(b)) {
		}
	})
}

func TestRecordAllocatesNothing(t *testing.T) {
	r := New()
	v := int64(0)
	if n := testing.AllocsPerRun(1000, func() { v += 12345; r.Record(v) }); n != 0 {
		t.Errorf("Record allocates %g times, want 0", n)
	}
}

func BenchmarkRecord(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	values := make([]int64, 1<<12)
	for i := range values {
		values[i] = int64(rng.ExpFloat64() * 20e6)
	}
	for name, r := range map[string]*Recorder{"store=dense": New(), "store=sparse": NewSparse()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.Record(values[i&(1<<12-1)])
			}
		})
	}
}

// TestLogsOfTheJavaLibraryAreRead reads a log that HdrHistogram 2.2.2 for Java wrote: 1, 2, … 1000 × (s+1) ms in second s.
// That library read sample logs of this package with equal counts and percentiles.
func TestLogsOfTheJavaLibraryAreRead(t *testing.T) {
	f, err := os.Open("testdata/java.hlog")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := int64(0)
	for i, err := range ReadLog(f) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		tag := "measure"
		if n == 1 {
			tag = "warmup"
		}
		if i.Tag != tag || i.Start != time.Duration(n-1)*time.Second || i.End != time.Duration(n)*time.Second {
			t.Errorf("interval %d = %q [%s, %s), want %q", n, i.Tag, i.Start, i.End, tag)
		}
		p99, _ := i.Samples.Quantile(0.99)
		if i.Samples.Count() != 1000*n || !isClose(p99, 990*n*ms) || !isClose(i.Samples.Max(), 1000*n*ms) {
			t.Errorf("interval %d: %d samples, p99 %d, max %d, want %d, %d, %d", n, i.Samples.Count(), p99, i.Samples.Max(), 1000*n, 990*n*ms, 1000*n*ms)
		}
	}
	if n != 3 {
		t.Errorf("read %d intervals, want 3", n)
	}
}
