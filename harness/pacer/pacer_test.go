package pacer

import (
	"math"
	"math/big"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func constant(t testing.TB, rate float64) *ConstantSchedule {
	t.Helper()
	c, err := Constant(rate)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConstantIsExact(t *testing.T) {
	for _, c := range []struct {
		rate float64
		k    uint64
		want time.Duration
	}{
		{5000, 0, 0}, {5000, 1, 200_000}, {5000, 5000, time.Second},
		{3, 1, 333_333_333}, {3, 2, 666_666_667}, {3, 3e9, 1e9 * time.Second},
		{0.1, 1, 10 * time.Second}, {0.3, 3, 10 * time.Second}, // as decimals, not as the doubles next to them
		{3e6, 3e6, time.Second}, {3e6, 1, 333}, {3e6, 2, 667},
		{MaxRate, 1e12, 1000 * time.Second}, {MinRate, 9, 9e6 * time.Second},
		{64, 1, 15_625_000}, {1e9 / 2, 1, 2}, {400e6, 1, 3}, // 2.5 rounds up
	} {
		if got, ok := constant(t, c.rate).At(c.k); !ok || got != c.want {
			t.Errorf("Constant(%v).At(%d) = %v, %v, want %v", c.rate, c.k, got, ok, c.want)
		}
	}
}

// TestConstantNeverDrifts compares with exact arithmetic far out, where rounded gaps would be off by minutes.
func TestConstantNeverDrifts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := float64(rapid.Int64Range(1, 1e12).Draw(t, "rate")) / 1e6 // whole millionths
		k := rapid.Uint64Range(0, 2e12).Draw(t, "k")
		c, err := Constant(rate)
		if err != nil {
			t.Skip(err)
		}
		exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(1e18), new(big.Int).SetUint64(k)), big.NewInt(int64(math.Round(rate*1e9))))
		got, ok := c.At(k)
		if beyond := exact.Cmp(new(big.Rat).SetInt64(math.MaxInt64)) > 0; beyond || !ok {
			if !beyond || ok {
				t.Fatalf("At(%d) at %v/s = %v, %v; exactly %s ns", k, rate, got, ok, exact.FloatString(2))
			}
			return
		}
		err2 := new(big.Rat).Sub(new(big.Rat).SetInt64(int64(got)), exact)
		if f, _ := err2.Float64(); f <= -0.5 || f > 0.5 {
			t.Fatalf("At(%d) at %v/s = %d, off by %v ns", k, rate, got, f)
		}
		if next, ok := c.At(k + 1); ok && next < got {
			t.Fatalf("At(%d) = %d comes after At(%d) = %d", k, got, k+1, next)
		}
	})
}

func TestConstantNextCounts(t *testing.T) {
	c := constant(t, 3)
	for k := range uint64(1000) {
		got, ok := c.Next()
		if want, _ := c.At(k); !ok || got != want {
			t.Fatalf("Next() number %d = %v, want %v", k, got, want)
		}
	}
}

func TestConstantEndsBeforeItWraps(t *testing.T) {
	c := constant(t, MinRate)
	for _, k := range []uint64{9224, 1 << 40, math.MaxUint64} {
		if got, ok := c.At(k); ok {
			t.Errorf("At(%d) = %v, want the end: it is beyond a duration", k, got)
		}
	}
}

func TestRatesOutOfRangeAreRefused(t *testing.T) {
	for _, rate := range []float64{0, -1, math.NaN(), math.Inf(1), MaxRate * 1.01, MinRate / 2} {
		if _, err := Constant(rate); err == nil {
			t.Errorf("Constant(%v) = nil error, want one", rate)
		}
		if _, err := Poisson(rate, 1); err == nil {
			t.Errorf("Poisson(%v) = nil error, want one", rate)
		}
	}
}

func TestPoissonHasTheRateAndTheSpread(t *testing.T) {
	const n = 200_000
	for _, rate := range []float64{0.001, 0.7, 5000, 1e9} {
		p, err := Poisson(rate, 7)
		if err != nil {
			t.Fatal(err)
		}
		var last time.Duration
		var sum, squares, below float64
		count := n
		for i := range count {
			d, ok := p.Next()
			if !ok {
				t.Fatalf("rate %v: the schedule ends at event %d", rate, i)
			}
			if d < last {
				t.Fatalf("rate %v: event %d is due at %v, before %v", rate, i, d, last)
			}
			gap := float64(d-last) * rate / 1e9
			last = d
			sum += gap
			squares += gap * gap
			if gap < math.Ln2 {
				below++
			}
		}
		// Standard errors: of the mean 1/√n, of the second moment √20/√n, of the share below the median 0.5/√n; 5 of each.
		se := 5 / math.Sqrt(float64(count))
		if mean := sum / float64(count); math.Abs(mean-1) > se {
			t.Errorf("rate %v: mean gap %v of the intended, want 1 ± %v", rate, mean, se)
		}
		if rate == MaxRate {
			continue // whole ns at a mean gap of 1 ns say little of the distribution
		}
		if m2 := squares / float64(count); math.Abs(m2-2) > se*math.Sqrt(20) {
			t.Errorf("rate %v: second moment %v, want 2", rate, m2)
		}
		if share := below / float64(count); math.Abs(share-0.5) > se/2 {
			t.Errorf("rate %v: share below the median %v, want 0.5", rate, share)
		}
	}
}

// TestPoissonIsTheSameEverywhere pins the first due times: trials of one seed must offer the same bytes on any machine.
func TestPoissonIsTheSameEverywhere(t *testing.T) {
	p, err := Poisson(5000, 1)
	if err != nil {
		t.Fatal(err)
	}
	q, _ := Poisson(5000, 2)
	var got []time.Duration
	same := true
	for range 5 {
		a, _ := p.Next()
		b, _ := q.Next()
		got = append(got, a)
		same = same && a == b
	}
	want := []time.Duration{214335, 414358, 755686, 822259, 1593787}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("first due times of seed 1 = %d, want %d", got, want)
		}
	}
	if same {
		t.Error("seeds 1 and 2 give the same due times")
	}
}

func TestPoissonEnds(t *testing.T) {
	p, err := Poisson(MinRate, 3)
	if err != nil {
		t.Fatal(err)
	}
	for range 100_000 {
		if _, ok := p.Next(); !ok {
			if d, ok := p.Next(); ok {
				t.Errorf("Next() after the end = %v, want the end", d)
			}
			return
		}
	}
	t.Error("a schedule of 10^5 events at one in 11 days does not end after 292 years")
}

func TestRecordedNeverGoesBack(t *testing.T) {
	times := []time.Duration{5, 3, 9}
	s := Recorded(func() (time.Duration, bool) {
		if len(times) == 0 {
			return 0, false
		}
		d := times[0]
		times = times[1:]
		return d, true
	})
	for _, want := range []time.Duration{5, 5, 9} {
		if got, ok := s.Next(); !ok || got != want {
			t.Errorf("Next() = %v, %v, want %v", got, ok, want)
		}
	}
	if _, ok := s.Next(); ok {
		t.Error("Next() after the last event = true")
	}
}

func TestSleeperWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Sleeper
		defer c.Pin()()
		start := c.Now()
		for _, d := range []time.Duration{time.Second, time.Second, 0, time.Hour} {
			c.WaitUntil(start.Add(d))
			if now := c.Now(); now.Before(start.Add(d)) {
				t.Errorf("WaitUntil(+%v) returned at +%v", d, now.Sub(start))
			}
		}
		if got := c.Now().Sub(start); got != time.Hour {
			t.Errorf("waited %v, want 1h", got)
		}
	})
}

// TestClockNeverWakesEarly is all that can be said of a real clock on a machine one does not own.
func TestClockNeverWakesEarly(t *testing.T) {
	c := NewClock()
	defer c.Pin()()
	for _, d := range []time.Duration{-time.Hour, 0, time.Nanosecond, Quantum, time.Millisecond, 5 * time.Millisecond} {
		due := c.Now().Add(d)
		c.WaitUntil(due)
		if now := c.Now(); now.Before(due) {
			t.Errorf("WaitUntil(+%v) returned %v early", d, due.Sub(now))
		}
	}
	if c.Precision() == "" {
		t.Error("the clock does not say how precise it is")
	}
}

func BenchmarkNext(b *testing.B) {
	p, _ := Poisson(5000, 1)
	for name, s := range map[string]Schedule{"constant": constant(b, 7000), "poisson": p} {
		b.Run("schedule="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Next()
			}
		})
	}
}

// BenchmarkWake reports how late the clock wakes.
func BenchmarkWake(b *testing.B) {
	for name, c := range map[string]Clock{"platform": NewClock(), "sleep": Sleeper{}} {
		b.Run("clock="+name, func(b *testing.B) {
			defer c.Pin()()
			var late time.Duration
			n := 0
			for b.Loop() {
				due := c.Now().Add(Quantum)
				c.WaitUntil(due)
				late += c.Now().Sub(due)
				n++
			}
			b.ReportMetric(float64(late.Nanoseconds())/float64(n), "late-ns/op")
		})
	}
}
