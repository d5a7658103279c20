package collector

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/latency"
	"github.com/streamgauge/streamgauge/harness/result"
)

func TestResponsesThatDriftDegradeATrial(t *testing.T) {
	for _, c := range []struct {
		name  string
		delay func(intended int64) int64 // of events due in [2 s, 8 s)
		want  result.State
		text  string
	}{
		{"constant", func(int64) int64 { return 100 * ms }, result.OK, "100ms in the first fifth"},
		{"a backlog of the warm-up", func(at int64) int64 { return 5*sec - at/2 }, result.Degrades, "load.warmup"},
		{"a growing backlog", func(at int64) int64 { return at / 10 }, result.Degrades, "sustained"},
		{"a stall in the middle", func(at int64) int64 { return max(ms, 5*sec-at)*int64(min(at/(4*sec), 1)) + 100*ms }, result.OK, "100ms in the first"},
		{"noise of a few ms", func(at int64) int64 { return ms + at/sec*ms }, result.OK, "3ms in the first"},
	} {
		tr := newTrial(t)
		tr.steady(func(intended int64, _ int) (int64, bool) { return c.delay(intended), true })
		a := tr.analyse()
		if got := check(t, a, "steady"); got.State != c.want || !strings.Contains(got.Text, c.text) {
			t.Errorf("%s: %s, %s; want %s with %q", c.name, got.State, got.Text, c.want, c.text)
		}
	}
	if got := check(t, newTrial(t).analyse(), "steady"); got.State != result.NotMeasured {
		t.Errorf("without answers: %s, want not measured", got.State)
	}
}

func TestUnansweredEventsCountAsTheLongest(t *testing.T) {
	tr := newTrial(t)
	tr.steady(func(intended int64, n int) (int64, bool) { return int64(1+n%10) * 10 * ms, n%5 != 4 }) // a fifth is lost
	a := tr.analyse()
	l := a.Latency["response"]
	if l.Count != 4800 || l.Censored != 1200 {
		t.Fatalf("count, censored = %d, %d, want 4800, 1200", l.Count, l.Censored)
	}
	// Of ten latencies 50 and 100 ms are lost: the shares 0.1 … 0.8 end at 10, 20, 30, 40, 60, 70, 80, 90 ms.
	if !near(l.P50, 60*ms) {
		t.Errorf("p50 = %d, want 60 ms", *l.P50)
	}
	if !near(l.P90, 90*ms) || l.BoundFrom == nil || math.Abs(*l.BoundFrom-0.8) > 1e-9 {
		t.Errorf("p90, bound from = %v, %v, want a bound of 90 ms from 0.8 on", l.P90, l.BoundFrom)
	}
	wantState(t, a, "conservation", result.OK)
	wantState(t, a, "little", result.OK)
}

func TestHiddenLossIsNoticed(t *testing.T) {
	tr := newTrial(t)
	tr.steady(func(_ int64, n int) (int64, bool) { return 50 * ms, n != 5000 })
	tr.cfg.Unanswered = nil
	a := tr.analyse()
	c := check(t, a, "conservation")
	if c.State != result.Invalidates || c.Value != 1 {
		t.Errorf("conservation = %+v, want 1 event missing", c)
	}
	wantState(t, a, "little", result.NotMeasured)
}

// TestLittleNoticesLatenciesThatGotLost leaves the slowest out of the histogram, or clamps them, as recorders with a bound
// do; counters and arrivals know nothing of it.
func TestLittleNoticesLatenciesThatGotLost(t *testing.T) {
	for _, c := range []struct {
		bound, record int64
		want          result.State
	}{
		{math.MaxInt64, 0, result.OK},
		{270 * ms, 270 * ms, result.Degrades}, // of an exponential law with mean 100 ms, 6.7 % of the time lies above
		{230 * ms, 0, result.Invalidates},
	} {
		tr := newTrial(t)
		rng := rand.New(rand.NewPCG(1, 1))
		tr.steady(func(int64, int) (int64, bool) { return int64(rng.ExpFloat64() * 1e8), true })
		tr.write()
		a, err := gather(tr.cfg)
		if err != nil {
			t.Fatal(err)
		}
		lossy := latency.New()
		for _, o := range slices.Concat(tr.obs["tuple.output.0.obs"], tr.obs["tuple.output.1.obs"]) {
			switch ns := o.Received - o.Intended; {
			case a.phases.at(o.Intended) != a.main:
			case ns <= c.bound:
				lossy.Record(ns)
			case c.record > 0:
				lossy.Record(c.record)
			}
		}
		a.response[event.KindEvent].byPhase[a.main] = lossy
		if got := a.little(); got.State != c.want {
			t.Errorf("little with a bound of %d ms = %s, %g (%s), want %s", c.bound/ms, got.State, got.Value, got.Text, c.want)
		}
	}
}

// A constant load puts its events at the begin of steps, not evenly around their middles. With quick answers the difference
// is as large as the backlog.
func TestLittleHoldsForAConstantLoadWithQuickAnswers(t *testing.T) {
	tr := newTrial(t)
	tr.cfg.Due, tr.cfg.DueSum = make([]int64, 1000), make([]int64, 1000)
	for n := range int64(5000) {
		intended := 2 * n * ms
		tr.cfg.Due[intended/(10*ms)]++
		tr.cfg.DueSum[intended/(10*ms)] += intended % (10 * ms)
		tr.event(uint32(4+n%100), uint64(n/100), intended, ms/2)
	}
	a := tr.analyse()
	if c := check(t, a, "little"); c.State != result.OK || c.Value > 0.001 {
		t.Errorf("little = %s, %g: %s, want ok and less than 0.001", c.State, c.Value, c.Text)
	}
	tr.cfg.DueSum = nil
	if c := check(t, tr.analyse(), "little"); c.State == result.OK {
		t.Errorf("little = %g without the sums, want them to matter", c.Value)
	}
}

func TestSeriesShowBacklogAndItsAge(t *testing.T) {
	tr := newTrial(t)
	// Batches of one second, delivered 500 ms after their end; the event due at 4 s is never answered.
	tr.steady(func(intended int64, n int) (int64, bool) {
		return (intended/sec+1)*sec + 500*ms - intended, n != 4000
	})
	a := tr.analyse()
	series := map[string][]result.Point{}
	for _, s := range a.Series {
		series[s.Name] = s.Points
	}
	at := func(name string, t float64) float64 {
		for _, p := range series[name] {
			if p.T == t {
				return p.V
			}
		}
		return math.NaN()
	}
	for _, c := range []struct {
		name    string
		t, want float64
	}{
		{"offered_rate", 3, 1000}, {"achieved_rate", 0, 0}, {"achieved_rate", 3, 1000}, {"achieved_rate", 5, 999},
		{"backlog", 1, 1000}, {"backlog", 4, 1000}, {"backlog", 5, 1000}, {"backlog", 12, 1},
		{"backlog_age", 3, 1e9}, {"backlog_age", 5, 1e9}, {"backlog_age", 6, 2e9}, {"backlog_age", 12, 8e9},
		{"response_max", 3, 1.5e9},
	} {
		if got := at(c.name, c.t); got != c.want {
			t.Errorf("%s at %g s = %g, want %g", c.name, c.t, got, c.want)
		}
	}
	if got := at("response_p50", 3); math.Abs(got-1e9) > 2e6 {
		t.Errorf("response_p50 at 3 s = %g, want 1 s", got)
	}
}

func TestAchievedRateForgivesWaitingAndCountsGrowth(t *testing.T) {
	batch := int64(500) * ms
	for _, c := range []struct {
		name    string
		respond func(intended int64, n int) (int64, bool)
		want    float64
	}{
		{"answers come batch by batch", func(intended int64, _ int) (int64, bool) { return 3*batch - intended%batch, true }, 1000},
		{"an engine at nine tenths of the load", func(intended int64, _ int) (int64, bool) { return intended / 9, true }, 900},
		{"one event in ten is lost", func(_ int64, n int) (int64, bool) { return ms, n%10 != 0 }, 900},
	} {
		tr := newTrial(t)
		tr.steady(c.respond)
		if a := tr.analyse(); math.Abs(a.AchievedRate-c.want) > 2 {
			t.Errorf("%s: achieved rate = %g, want %g", c.name, a.AchievedRate, c.want)
		}
	}
}

// A recovery is over when the slowest partition has answered something that was due after it began, and all that was due before
// is answered, also where an engine answers the events of a partition in another order.
func TestReachedIsWhenAllThatWasDueBeforeIsAnswered(t *testing.T) {
	tr := newTrial(t)
	tr.event(4, 0, 2500*ms, 10*ms)  // partition 0, due before the mark
	tr.event(4, 1, 3000*ms, 100*ms) // partition 0, due at it
	tr.event(5, 0, 2999*ms, 3000*ms)
	tr.event(5, 1, 3500*ms, 4000*ms) // partition 1
	tr.event(4, 2, 4000*ms, 20*ms)
	tr.cfg.Marks = []int64{0, 3 * sec, 9 * sec}
	a := tr.analyse()
	if diff := cmp.Diff([]int64{5999 * ms, 7500 * ms, -1}, a.Reached); diff != "" {
		t.Errorf("Reached (-want +got):\n%s", diff)
	}
	if a.Finished != 5 || a.First != 2510*ms || a.Last != 7500*ms {
		t.Errorf("Finished, First, Last = %d, %d, %d", a.Finished, a.First, a.Last)
	}
	tr.event(6, 0, 1000*ms, 7000*ms) // partition 0, due long before what the partition has answered already
	tr.event(6, 0, 1000*ms, 9000*ms) // again
	tr.cfg.Marks = []int64{0, sec, 1001 * ms, 3 * sec, 9 * sec}
	if diff := cmp.Diff([]int64{5999 * ms, 5999 * ms, 8000 * ms, 8000 * ms, -1}, tr.analyse().Reached); diff != "" {
		t.Errorf("with an event that its partition overtook, Reached (-want +got):\n%s", diff)
	}
}
