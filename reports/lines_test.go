package reports_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
	"github.com/streamgauge/streamgauge/reports/reportstest"
)

func lineOf(t *testing.T, run *result.Run, name string) reports.Line {
	t.Helper()
	for _, l := range reports.Lines(run) {
		if l.Name == name {
			return l
		}
	}
	t.Fatalf("no line %q", name)
	return reports.Line{}
}

func TestSubjectsAreByLabelWithTheFloorLast(t *testing.T) {
	var got []string
	for _, s := range reports.Subjects(reportstest.Sample(t, "isolated")) {
		got = append(got, s.Name)
		if len(s.Trials) != 5 {
			t.Errorf("%s has %d trials, want 5", s.Name, len(s.Trials))
		}
	}
	if diff := cmp.Diff([]string{"microbatch", "tuple", "null"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLoadStepsAreSubjectsOfTheirOwn(t *testing.T) {
	run := reportstest.Sample(t, "isolated")
	for i := range run.Trials {
		if run.Trials[i].Repetition > 2 {
			run.Trials[i].LoadStep, run.Trials[i].OfferedRate = 1, 9000
		}
	}
	var got []string
	for _, s := range reports.Subjects(run) {
		got = append(got, s.Name)
	}
	want := []string{"microbatch at 5,000/s", "microbatch at 9,000/s", "tuple at 5,000/s", "tuple at 9,000/s", "null at 5,000/s", "null at 9,000/s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestInvalidAndPartialTrialsHaveNoPartInFigures(t *testing.T) {
	run := reportstest.Sample(t, "isolated")
	n := 0
	for i := range run.Trials {
		tr := &run.Trials[i]
		if tr.Instance != "tuple" {
			continue
		}
		n++
		tr.AchievedRate = 5000
		switch n {
		case 1:
			tr.AchievedRate, tr.Quality, tr.Valid = 1, result.Invalid, false
		case 2:
			tr.AchievedRate, tr.Partial = 2, true
		}
	}
	l := lineOf(t, run, "tuple")
	if l.Achieved.N != 3 || l.Achieved.Min != 5000 || l.Excluded != 2 {
		t.Errorf("achieved %+v, %d excluded; want three times 5000 and 2 excluded", l.Achieved, l.Excluded)
	}
}

func TestRatioToNullIsTrialByTrial(t *testing.T) {
	run := reportstest.Sample(t, "side-by-side")
	two, six := int64(2e6), int64(6e6)
	for i := range run.Trials {
		l := run.Trials[i].Latency["response"]
		if l.P50 = &six; run.Trials[i].Floor {
			l.P50 = &two
		}
	}
	if got := lineOf(t, run, "tuple").ToNull[0.5]; got.Median != 3 || !got.Known() {
		t.Errorf("ratio %+v, want 3", got)
	}
	run.Trials[0].Input.OrderDigest = "another"
	if got := lineOf(t, run, "tuple").ToNull[0.5]; got.Known() {
		t.Errorf("a ratio %+v over unequal inputs", got)
	}
	run.Trials[0].Input.OrderDigest, run.Trials[0].Guarantee = run.Trials[1].Input.OrderDigest, "exactly-once"
	if got := lineOf(t, run, "tuple").ToNull[0.5]; got.Known() {
		t.Errorf("a ratio %+v to a floor that commits what the engine need not", got)
	}
}

func TestOneBoundMakesTheMedianABound(t *testing.T) {
	run := reportstest.Sample(t, "isolated")
	from := 0.98
	for i := range run.Trials {
		if run.Trials[i].Instance == "tuple" && run.Trials[i].Repetition == 4 {
			run.Trials[i].Latency["response"].BoundFrom = &from
		}
	}
	f := lineOf(t, run, "tuple").Response[0.99]
	if !f.Bound || f.Interval != nil || !strings.HasPrefix(f.Text(reports.Duration), "> ") {
		t.Errorf("p99 %+v reads %q", f, f.Text(reports.Duration))
	}
}

func TestUnrankable(t *testing.T) {
	base := func() (*result.Run, *result.Trial) {
		run := reportstest.Sample(t, "isolated")
		for i := range run.Trials {
			if run.Trials[i].Instance == "tuple" {
				return run, &run.Trials[i]
			}
		}
		return nil, nil
	}
	run, tr := base()
	if why := reports.Unrankable(run, tr); len(why) > 0 {
		t.Fatalf("a clean, correct trial is not rankable: %v", why)
	}
	for want, change := range map[string]func(*result.Run, *result.Trial){
		"floor":          func(_ *result.Run, t *result.Trial) { t.Floor = true },
		"not finished":   func(_ *result.Run, t *result.Trial) { t.Partial = true },
		"not judged":     func(_ *result.Run, t *result.Trial) { t.Verdict.Judged = false },
		"wrong":          func(_ *result.Run, t *result.Trial) { t.Verdict.Correct = false },
		"more than once": func(_ *result.Run, t *result.Trial) { t.Verdict.Overcounted = 1 },
		"give alerts":    func(_ *result.Run, t *result.Trial) { t.Verdict.Tainted = 1 },
		"could not be":   func(_ *result.Run, t *result.Trial) { t.Verdict.Unjudged = 1 },
		"invalid":        func(_ *result.Run, t *result.Trial) { t.Valid = false },
		"degraded":       func(_ *result.Run, t *result.Trial) { t.Quality = result.Degraded },
		"faults": func(r *result.Run, t *result.Trial) {
			r.Events = append(r.Events, result.Event{Trial: t.ID, Kind: "fault injected"})
		},
	} {
		run, tr := base()
		change(run, tr)
		why := reports.Unrankable(run, tr)
		if !strings.Contains(strings.Join(why, "; "), want) {
			t.Errorf("reasons %v, want one with %q", why, want)
		}
	}
}

// equalPolicies takes away what makes the sample's ranking doubtful.
func equalPolicies(run *result.Run) *result.Run {
	for i := range run.Trials {
		run.Trials[i].PolicyFloorNS = 0
	}
	return run
}

func TestRankingOrdersByTail(t *testing.T) {
	all := reports.Rankings(equalPolicies(reportstest.Sample(t, "isolated")))
	if len(all) != 1 || len(all[0].Places) != 2 {
		t.Fatalf("rankings %+v, want one of two", all)
	}
	r := all[0]
	if r.Places[0].Line.Name != "tuple" || r.Places[0].Rank != 1 || r.Places[1].Rank != 2 || r.Doubt != "" {
		t.Errorf("places %v %d, %v %d; doubt %q", r.Places[0].Line.Name, r.Places[0].Rank, r.Places[1].Line.Name, r.Places[1].Rank, r.Doubt)
	}
}

func TestOverlappingSubjectsShareAPlace(t *testing.T) {
	run := equalPolicies(reportstest.Sample(t, "isolated"))
	for i := range run.Trials {
		v := int64(10e6) + int64(run.Trials[i].Repetition)*1e6
		if run.Trials[i].Instance == "tuple" {
			v += 4e5
		}
		run.Trials[i].Latency["response"].P99 = &v
	}
	r := reports.Rankings(run)[0]
	if r.Places[0].Rank != 1 || r.Places[1].Rank != 1 {
		t.Errorf("ranks %d and %d of overlapping intervals, want 1 and 1", r.Places[0].Rank, r.Places[1].Rank)
	}
}

func TestWhatMayNotBeHeldSideBySideIsNotRanked(t *testing.T) {
	for name, change := range map[string]func(*result.Trial){
		"guarantee": func(t *result.Trial) { t.Guarantee = "exactly-once" },
		"input":     func(t *result.Trial) { t.Input.OrderDigest = "another" },
		"job":       func(t *result.Trial) { t.Job = "clean" },
		"one wrong": func(t *result.Trial) { t.Verdict.Correct = t.Repetition != 3 },
		"one with a duplicate, though invalid trials are left out": func(t *result.Trial) { t.Verdict.Duplicate = int64(t.Repetition / 5) },
	} {
		run := reportstest.Sample(t, "isolated")
		for i := range run.Trials {
			if run.Trials[i].Instance == "tuple" {
				change(&run.Trials[i])
			}
		}
		if all := reports.Rankings(run); len(all) > 0 {
			t.Errorf("%s: ranked: %+v", name, all[0].Title)
		}
	}
	if all := reports.Rankings(reportstest.Sample(t, "side-by-side")); len(all) > 0 {
		t.Error("degraded trials are ranked")
	}
}

func TestFewRepetitionsLeaveDoubt(t *testing.T) {
	for most, want := range map[int]string{1: "may be chance", 3: "five are needed", 5: ""} {
		run := equalPolicies(reportstest.Sample(t, "isolated"))
		run.Trials = slices.DeleteFunc(run.Trials, func(t result.Trial) bool { return t.Repetition > most })
		if got := reports.Rankings(run)[0].Doubt; want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%d repetitions: doubt %q, want %q", most, got, want)
		}
	}
}

func TestStatusOfASubjectIsThatOfItsWorstTrial(t *testing.T) {
	run := reportstest.Sample(t, "isolated")
	for _, c := range []struct {
		change func(*result.Trial)
		want   reports.Status
	}{
		{func(*result.Trial) {}, reports.Correct},
		{func(t *result.Trial) { t.Verdict.Duplicate = 2 }, reports.Repeats},
		{func(t *result.Trial) { t.Verdict.Judged = false }, reports.Unjudged},
		{func(t *result.Trial) { t.Partial = true }, reports.Unfinished},
		{func(t *result.Trial) { t.Verdict.Judged, t.Verdict.Correct, t.Partial = true, false, false }, reports.Wrong},
	} {
		c.change(&run.Trials[1])
		if got := lineOf(t, run, "tuple").Status; got != c.want {
			t.Errorf("status %v, want %v", got, c.want)
		}
	}
}

func TestHopsAreInTheOrderOfTheJob(t *testing.T) {
	run := reportstest.Sample(t, "isolated")
	s := reports.Subjects(run)[1]
	stages, ns := reports.HopMedians(run, &s)
	if diff := cmp.Diff([]string{"parse", "dedupe", "enrich", "detect", "summarise"}, stages); diff != "" {
		t.Error(diff)
	}
	sum := 0.0
	for _, v := range ns {
		sum += v
	}
	if p50 := lineOf(t, run, "tuple").Response[0.5].Median; math.Abs(sum-p50) > 0.02*p50 {
		t.Errorf("hops add up to %v, the sample's median is %v", sum, p50)
	}
}

// The waterfall stands beside the response, which is that of counted trials.
func TestHopsAreThoseOfCountedTrials(t *testing.T) {
	run := reportstest.Sample(t, "isolated")
	for i := range run.Trials {
		if tr := &run.Trials[i]; tr.Instance == "tuple" && tr.Repetition > 1 {
			tr.Valid = false
			for k := range run.Distributions {
				if d := &run.Distributions[k]; d.Trial == tr.ID && d.Metric == "hop" {
					*d.Quantiles["0.5"] *= 100
				}
			}
		}
	}
	s := reports.Subjects(run)[1]
	var sum float64
	_, ns := reports.HopMedians(run, &s)
	for _, v := range ns {
		sum += v
	}
	if p50 := lineOf(t, run, "tuple").Response[0.5].Median; math.Abs(sum-p50) > 0.02*p50 {
		t.Errorf("hops add up to %v, the median of the trial that counts is %v", sum, p50)
	}
}

func TestAdaptedEnginesAreMarkedEverywhere(t *testing.T) {
	run := reportstest.Sample(t, "side-by-side")
	for i := range run.Trials {
		if run.Trials[i].Instance == "microbatch" {
			run.Trials[i].Adapted = []result.Adaptation{{Operator: "window", Reason: "it has no event time"}}
		}
	}
	for _, l := range reports.Lines(run) {
		if want := map[bool]string{true: "microbatch‡", false: l.Instance}[l.Instance == "microbatch"]; l.Name != want {
			t.Errorf("name of %s = %q, want %q", l.Instance, l.Name, want)
		}
	}
	want := []string{"‡ microbatch: window is adapted to what the engine has: it has no event time"}
	if diff := cmp.Diff(want, reports.Adaptations(run)); diff != "" {
		t.Errorf("Adaptations (-want +got):\n%s", diff)
	}
}

// One engine may stand in a run under several labels, and each gives the same reason.
func TestAReasonIsGivenOnceForAllThatHaveIt(t *testing.T) {
	run := reportstest.Sample(t, "isolated")
	window := result.Adaptation{Operator: "window", Reason: "it has no event time"}
	for i := range run.Trials {
		switch trial := &run.Trials[i]; trial.Instance {
		case "tuple":
			trial.Adapted = []result.Adaptation{window}
		case "microbatch":
			trial.Adapted = []result.Adaptation{window, {Operator: "dedupe", Reason: "it has no event time"}}
		}
	}
	want := []string{
		"‡ microbatch, tuple: window is adapted to what the engine has: it has no event time",
		"‡ microbatch: dedupe is adapted to what the engine has: it has no event time",
	}
	if diff := cmp.Diff(want, reports.Adaptations(run)); diff != "" {
		t.Errorf("Adaptations (-want +got):\n%s", diff)
	}
}
