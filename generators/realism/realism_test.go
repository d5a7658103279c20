package realism

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/generators/sample"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestStatistics(t *testing.T) {
	near(t, "KS of equal samples", ks([]float64{3, 1, 2}, []float64{1, 2, 3}), 0, 0)
	near(t, "KS of samples apart", ks([]float64{1, 2}, []float64{3, 4}), 1, 0)
	near(t, "KS of halves that overlap", ks([]float64{1, 2, 3, 4}, []float64{3, 4, 5, 6}), 0.5, 0)
	near(t, "median", median([]float64{4, 1, math.NaN(), 2, 3}), 2.5, 0)
	near(t, "ACF of an alternating series", ACF([]float64{1, -1, 1, -1, 1, -1, 1, -1}, 1), -7.0/8, 1e-12)
	near(t, "burstiness of a clock", burstiness([]float64{5, 5, 5}), -1, 0)
	near(t, "Gini of equals", gini([]float64{7, 7, 7}), 0, 1e-12)
	near(t, "Gini of one among four", gini([]float64{0, 0, 0, 8}), 0.75, 1e-12)
	near(t, "Zipf exponent of 1/rank", zipf([]float64{1200, 600, 400, 300, 240, 200}), 1, 1e-3)
	near(t, "Zipf exponent of equals", zipf([]float64{5, 5, 5}), 0, 1e-3)
	near(t, "repeats", Repeat([]float64{1, 1, 2, 2, 2}), 0.75, 0)
	if v := ACF([]float64{2, 2, 2, 2}, 1); !math.IsNaN(v) {
		t.Errorf("ACF of a constant = %v, want none", v)
	}
}

func TestFanoOfAClockIsNothing(t *testing.T) {
	var clock []int64
	for i := range 1000 {
		clock = append(clock, int64(i)*1e9)
	}
	for _, w := range []float64{1e9, 1e10, 1e11} {
		near(t, "Fano of a clock", fano(clock, w), 0, 1e-9)
	}
}

func TestDailyCycle(t *testing.T) {
	var times []int64
	var v []float64
	for i := range 24 * 10 {
		times = append(times, int64(i)*3600e9)
		v = append(v, math.Sin(2*math.Pi*float64(i-8)/24))
	}
	r2, peak := daily(times, v)
	near(t, "R2", r2, 1, 1e-9)
	near(t, "peak hour", float64(peak), 14, 0)
}

func TestGlitchesAreSmoothed(t *testing.T) {
	v := make([]float64, 1000)
	for i := range v {
		v[i] = 20 + math.Sin(float64(i)/50)
	}
	v[500] = 0.3
	got := Smooth(v)
	near(t, "the glitch", got[500], v[501], 0.1)
	near(t, "another", got[300], v[300], 0)
}

// stream reads CSV with a time, a key and one value.
func stream(t *testing.T, text string) *sample.Stream {
	t.Helper()
	s, err := sample.Read([]byte("ts,device,v\n"+text), sample.Layout{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFaultsAreCounted(t *testing.T) {
	s := stream(t, "1700000000,a,1\n1700000010,a,2\n1700000020,a,\n1700000020,a,4\n1700000015,b,5\n1700000050,a,6\nnonsense\n")
	d := newSide(s, [][2]int{{0, 0}}, 0)
	r := d.rates()
	near(t, "gaps", r.gap, 1.0/4, 1e-9) // of a: 10, 10, 0, 30
	near(t, "duplicates", r.duplicate, 1.0/6, 1e-9)
	near(t, "out of order", r.disorder, 1.0/6, 1e-9)
	near(t, "malformed", r.malformed, 1.0/7, 1e-9)
	near(t, "missing", r.missing, 1.0/6, 1e-9)
}

func TestAStreamIsLikeItself(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		b.WriteString("17000")
		b.WriteString(pad(i*10) + ",a," + pad(int(500+400*math.Sin(float64(i)/300))) + "\n")
	}
	s := stream(t, b.String())
	rep := Score(s, s, Options{})
	for _, m := range rep.Measures {
		if m.Value > 1e-9 && m.Check != "X2" || m.Check == "X2" && m.Value > 0.3 {
			t.Errorf("%s %s = %v, want no difference", m.Check, m.Name, m.Value)
		}
	}
	if passed, apply := rep.Score(); passed != apply || apply < 8 || !rep.Realistic() || rep.Grade() != 1 {
		t.Errorf("%d of %d, realistic %v, grade %v; want all of 8 or more, true, 1", passed, apply, rep.Realistic(), rep.Grade())
	}
}

func pad(n int) string {
	return string([]byte{byte('0' + n/10000%10), byte('0' + n/1000%10), byte('0' + n/100%10), byte('0' + n/10%10), byte('0' + n%10)})
}

// The bar is nine of ten with C5 and C10 among them.
func TestBar(t *testing.T) {
	all := func(failed ...string) *Report {
		r := &Report{}
		for _, c := range []string{"C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "X1"} {
			m := Measure{Check: c, Value: 0.1, Threshold: 1, Applies: true}
			for _, f := range failed {
				if f == c {
					m.Value = 2
				}
			}
			r.Measures = append(r.Measures, m)
		}
		return r
	}
	for _, c := range []struct {
		failed []string
		passed int
		real   bool
	}{{nil, 10, true}, {[]string{"C4"}, 9, true}, {[]string{"C4", "C1"}, 8, false}, {[]string{"C5"}, 9, false}, {[]string{"C10"}, 9, false}, {[]string{"X1"}, 10, true}} {
		r := all(c.failed...)
		if passed, apply := r.Score(); passed != c.passed || apply != 10 || r.Realistic() != c.real {
			t.Errorf("failed %v: %d of %d, realistic %v; want %d of 10, %v", c.failed, passed, apply, r.Realistic(), c.passed, c.real)
		}
	}
}

// Of messages whose bytes alone are known two checks are told, and no other is passed by that.
func TestBytesAloneAreCompared(t *testing.T) {
	framed := func(size int) *sample.Stream {
		s := &sample.Stream{Framed: true}
		for i := range 300 {
			s.Messages = append(s.Messages, sample.Message{Time: int64(i) * 1e9, Bytes: []byte(strings.Repeat("ab", size+i%7))})
		}
		return s
	}
	if passed, apply := Score(framed(50), framed(51), Options{}).Score(); passed != 2 || apply != 2 {
		t.Errorf("%d of %d checks passed, want 2 of 2", passed, apply)
	}
	r := Score(framed(50), framed(100), Options{})
	if passed, apply := r.Score(); passed > 1 || apply != 2 {
		t.Errorf("%d of %d checks passed by messages of twice the size, want at most 1 of 2", passed, apply)
	}
	for _, m := range r.Measures {
		if m.Applies != (m.Check == "C1" || m.Check == "C10") {
			t.Errorf("%s %s applies: %v", m.Check, m.Name, m.Applies)
		}
	}
}

// Where a recording has something to measure and the generated stream has not, the measure is over its threshold, and does not stay
// out of the score.
func TestNothingToMeasureIsNoPass(t *testing.T) {
	text := func(line func(i int) string) *sample.Stream {
		var b strings.Builder
		for i := range 5_000 {
			b.WriteString("17000" + line(i) + "\n")
		}
		return stream(t, b.String())
	}
	moving := func(i int) string { return pad(int(500 + 400*math.Sin(float64(i)/300))) }
	recorded := text(func(i int) string { return pad(i*10) + ",a," + moving(i) })
	for what, c := range map[string]struct {
		gen  *sample.Stream
		over []string
	}{
		"a device for each message": {text(func(i int) string { return pad(i*10) + ",a" + pad(i) + "," + moving(i) }),
			[]string{"interval KS", "burstiness", "ACF lag 1", "ACF lag 10", "repeats"}},
		"values that never change": {text(func(i int) string { return pad(i*10) + ",a,00500" }), []string{"ACF lag 1", "ACF lag 10"}},
		"all at one time":          {text(func(i int) string { return pad(0) + ",a," + moving(i) }), []string{"interval KS", "burstiness", "merged burstiness"}},
	} {
		r := Score(recorded, c.gen, Options{})
		for _, m := range r.Measures {
			if slices.Contains(c.over, m.Name) && (!m.Applies || m.Passed() || m.Grade() != 0) {
				t.Errorf("%s: %s %s = %v, applies: %v; want it over its threshold", what, m.Check, m.Name, m.Value, m.Applies)
			}
		}
		if r.Realistic() {
			t.Errorf("%s: realistic", what)
		}
	}
}

// Messages without a byte have a size.
func TestEmptyMessagesCount(t *testing.T) {
	framed := func(empty int) *sample.Stream {
		s := &sample.Stream{Framed: true}
		for i := range 300 {
			size := 50
			if i%10 < empty {
				size = 0
			}
			s.Messages = append(s.Messages, sample.Message{Time: int64(i) * 1e9, Bytes: []byte(strings.Repeat("ab", size))})
		}
		return s
	}
	for _, c := range []struct {
		real, gen int
		passed    bool
	}{{0, 0, true}, {1, 1, true}, {0, 1, false}, {1, 0, false}} {
		if m := Score(framed(c.real), framed(c.gen), Options{}).Measures[0]; m.Check != "C1" || !m.Applies || m.Passed() != c.passed {
			t.Errorf("%d and %d of ten messages empty: %+v, want C1, passed: %v", c.real, c.gen, m, c.passed)
		}
	}
}

// What a stream has not is not compared, and that is said.
func TestFieldsThatAreNotThereAreSaid(t *testing.T) {
	text := func(header, rest string) *sample.Stream {
		var b strings.Builder
		b.WriteString(header + "\n")
		for i := range 200 {
			b.WriteString("17000" + pad(i*10) + ",a," + pad(i) + rest + "\n")
		}
		s, err := sample.Read([]byte(b.String()), sample.Layout{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	two, one := text("ts,device,v,w", ",5"), text("ts,device,v", "")
	const said = "1 of the recording's 2 fields with numbers"
	for _, c := range []struct {
		real, gen *sample.Stream
		said      bool
	}{{two, one, true}, {two, two, false}, {one, two, false}} {
		if got := strings.Contains(strings.Join(Score(c.real, c.gen, Options{}).Warnings, "; "), said); got != c.said {
			t.Errorf("recorded fields %v, generated %v: said %v, want %v", c.real.Fields, c.gen.Fields, got, c.said)
		}
	}
}
