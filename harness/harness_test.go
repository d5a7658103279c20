package harness

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

func labels(all []instance) []string {
	var names []string
	for _, in := range all {
		names = append(names, in.label)
	}
	return names
}

func TestOrderIsRandomButTheSameForASeed(t *testing.T) {
	all := []instance{{label: "a"}, {label: "b"}, {label: "c"}, {label: "d"}}
	seen := map[string]bool{}
	for rep := 1; rep <= 20; rep++ {
		first, again := labels(order(7, rep, all)), labels(order(7, rep, all))
		if diff := cmp.Diff(first, again); diff != "" {
			t.Fatalf("repetition %d differs from itself:\n%s", rep, diff)
		}
		seen[first[0]] = true
		slices.Sort(first)
		if diff := cmp.Diff(labels(all), first); diff != "" {
			t.Fatalf("repetition %d is no permutation:\n%s", rep, diff)
		}
	}
	if len(seen) != 4 {
		t.Errorf("in 20 repetitions only %v came first", seen)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, labels(all)); diff != "" {
		t.Errorf("order changed its argument:\n%s", diff)
	}
}

// list is a source of given records.
type list struct{ rest []event.Due }

func (l *list) Next(d *event.Due) error {
	if len(l.rest) == 0 {
		return io.EOF
	}
	*d, l.rest = l.rest[0], l.rest[1:]
	return nil
}

func due(device uint32, seq uint64, flags uint8, at time.Duration) event.Due {
	return event.Due{Stamp: event.Stamp{ID: event.ID{Stream: 1, Device: device, Seq: seq}, Flags: flags, Intended: int64(at)}}
}

func TestCountedLeavesOutWhatNeedsNoAnswerOfItsOwn(t *testing.T) {
	c := newCounted(&list{[]event.Due{
		due(0, 0, event.FlagHeartbeat, 0),
		due(4, 0, 0, 0),
		due(4, 0, 0, 5*time.Millisecond), // a repeat
		due(5, 0, event.FlagDamaged, 10*time.Millisecond),
		due(4, 1, 0, 39*time.Millisecond),
	}})
	var d event.Due
	n := 0
	for ; c.Next(&d) == nil; n++ {
	}
	if n != 5 {
		t.Errorf("passed %d records on, want 5", n)
	}
	if diff := cmp.Diff([]int64{1, 1, 0, 1}, c.due); diff != "" {
		t.Errorf("due (-want +got):\n%s", diff)
	}
}

func TestPhasesShareNoEventAndLoseNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		step := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(0, 500).Draw(t, name)) * dueStep
		}
		tl := timeline{warmup: step("warmup"), measure: step("measure"), tail: step("tail")}
		counts := make([]int64, (tl.warmup+tl.measure)/dueStep)
		var sum int64
		for i := range counts {
			counts[i] = int64(i%3 + 1)
			sum += counts[i]
		}
		ps := phases(tl, counts)
		var got int64
		for i, p := range ps {
			got += p.Count
			if i > 0 && p.From != ps[i-1].To {
				t.Fatalf("%s begins at %d, %s ends at %d", p.Name, p.From, ps[i-1].Name, ps[i-1].To)
			}
		}
		if got != sum || ps[2].Count != 0 {
			t.Fatalf("phases count %d of %d due events, %d of them in the drain", got, sum, ps[2].Count)
		}
	})
}

func graded(checks []result.Check, t *trial, broken error) result.Trial {
	b := &blockRun{run: &run{Config: Config{Scenario: &scenario.Scenario{Placement: scenario.Isolated}},
		shared: &shared{res: &result.Run{Checks: checks, Host: result.Host{Cores: 8}}}}}
	res := result.Trial{ID: "b1-1-tuple"}
	t.id = res.ID
	b.grade(&res, t, broken)
	return res
}

func TestGrades(t *testing.T) {
	check := func(trial string, s result.State) result.Check {
		return result.Check{Trial: trial, ID: "x", Text: "why", State: s}
	}
	own, other := "b1-1-tuple", "b1-2-null"
	for _, c := range []struct {
		name   string
		checks []result.Check
		trial  trial
		broken error
		want   result.Quality
	}{
		{"nothing wrong", []result.Check{check(own, result.OK), check(own, result.Note), check(own, result.NotMeasured)}, trial{}, nil, result.Clean},
		{"a doubt", []result.Check{check(own, result.Degrades)}, trial{}, nil, result.Degraded},
		{"a bound missed", []result.Check{check(own, result.Degrades), check(own, result.Invalidates)}, trial{}, nil, result.Invalid},
		{"of another trial", []result.Check{check(other, result.Invalidates)}, trial{}, nil, result.Clean},
		{"the engine crashed", nil, trial{failure: errors.New("exit status 2")}, nil, result.Invalid},
		{"broken off", nil, trial{}, errors.New("interrupted"), result.Invalid},
		{"broken off with bounds missed", []result.Check{check(own, result.Invalidates)}, trial{failure: errors.New("killed")},
			errors.New("interrupted"), result.Invalid},
	} {
		got := graded(c.checks, &c.trial, c.broken)
		if c.broken != nil && !cmp.Equal(got.InvalidReasons, []string{"broken off: interrupted"}) {
			t.Errorf("%s: reasons %q, want the one that led to all others", c.name, got.InvalidReasons)
		}
		if got.Quality != c.want || got.Valid != (c.want != result.Invalid) || got.Partial != (c.broken != nil || c.trial.failure != nil) {
			t.Errorf("%s: quality %s, valid %v, partial %v; want %s", c.name, got.Quality, got.Valid, got.Partial, c.want)
		}
	}
}

// A container with two of sixteen cores is no machine on which each role has its own.
func TestCoresAreThoseThatAControlGroupLetsARunUse(t *testing.T) {
	for _, c := range []struct {
		host result.Host
		want []string
	}{
		{result.Host{Cores: 16}, nil},
		{result.Host{Cores: 16, Limits: map[string]string{"cpus": "2"}}, []string{"shared-cores"}},
		{result.Host{Cores: 16, Limits: map[string]string{"cpus": "8.5"}}, nil},
		{result.Host{Cores: 2, Limits: map[string]string{"cpus": "8"}}, []string{"shared-cores"}},
	} {
		r := &run{Config: Config{Scenario: &scenario.Scenario{Placement: scenario.Isolated}}, shared: &shared{res: &result.Run{Host: c.host}}}
		if diff := cmp.Diff(c.want, r.badges()); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.host, diff)
		}
	}
}

func TestATrialThatTheOracleCannotJudgeIsInvalid(t *testing.T) {
	b := &blockRun{run: &run{Config: Config{Scenario: &scenario.Scenario{Placement: scenario.Isolated}},
		shared: &shared{res: &result.Run{Host: result.Host{Cores: 8}}}}}
	res := result.Trial{Verdict: result.Verdict{Text: "not judged: 9 of 10 windows have too many late or repeated events to try"}}
	b.grade(&res, &trial{}, nil)
	if res.Valid || res.Quality != result.Invalid || res.Partial || !cmp.Equal(res.InvalidReasons, []string{res.Verdict.Text}) {
		t.Errorf("valid %v, quality %s, partial %v, reasons %q; want it invalid for its verdict", res.Valid, res.Quality, res.Partial, res.InvalidReasons)
	}
}

func TestTrialsWithOtherInputAreNotCompared(t *testing.T) {
	r := &run{shared: &shared{res: &result.Run{Trials: []result.Trial{
		{ID: "a", Valid: true, Input: result.Input{Digest: "1", OrderDigest: "2"}},
		{ID: "b", Valid: true, Input: result.Input{Digest: "1", OrderDigest: "2"}},
		{ID: "c", Partial: true, Input: result.Input{Digest: "9"}}, // broken off: it could not have all
	}}}}
	r.comparable()
	if len(r.res.Checks) != 0 || !r.res.Trials[0].Valid {
		t.Errorf("equal inputs gave %+v", r.res.Checks)
	}
	way := func(carrier, order, messages string) result.Trial {
		return result.Trial{Valid: true, Carrier: carrier, Input: result.Input{Digest: order, OrderDigest: order, MessageDigest: messages}}
	}
	for _, c := range []struct {
		trials []result.Trial
		want   int
	}{
		{[]result.Trial{way("inline", "1", "m"), way("chunked", "2", "m"), way("chunked", "2", "m")}, 1},
		{[]result.Trial{way("inline", "1", "m"), way("chunked", "2", "n")}, 2},
		{[]result.Trial{way("inline", "1", "m"), way("chunked", "2", "m"), way("chunked", "3", "m")}, 2},
	} {
		if got := inputs(c.trials); got != c.want {
			t.Errorf("%+v: %d inputs, want %d", c.trials, got, c.want)
		}
	}
	spoilt := result.Trial{ID: "d", InvalidReasons: []string{"input_topic: 1 more"}, Input: result.Input{Digest: "8"}}
	r.res.Trials = append(r.res.Trials, spoilt)
	r.res.Checks = []result.Check{{Trial: "d", ID: "input_topic", State: result.Invalidates}}
	if r.comparable(); len(r.res.Checks) != 1 || !r.res.Trials[0].Valid {
		t.Errorf("one trial with a record twice in its topic spoilt the others: %+v, %+v", r.res.Checks, r.res.Trials)
	}
	r.res.Checks = nil
	r.res.Trials[1].Input.OrderDigest = "3"
	r.comparable()
	if len(r.res.Checks) != 1 || r.res.Trials[0].Valid || r.res.Trials[0].Quality != result.Invalid {
		t.Errorf("another order gave %+v, trial %+v", r.res.Checks, r.res.Trials[0])
	}
}

func TestShellLineCanBePasted(t *testing.T) {
	if got, want := shellLine([]string{"streamgauge", "run", "--fail-if", "p99>20ms"}), `streamgauge run --fail-if 'p99>20ms'`; got != want {
		t.Errorf("shellLine = %s, want %s", got, want)
	}
}

func TestInputTopicIsHeldAgainstAcknowledgements(t *testing.T) {
	for _, c := range []struct {
		acked int64
		input result.Input
		want  result.State
	}{
		{10, result.Input{Digest: "d", Records: 10}, result.OK},
		{10, result.Input{Digest: "d", Records: 9}, result.Invalidates},
		{10, result.Input{Digest: "d", Records: 11}, result.Invalidates},
		{10, result.Input{}, result.NotMeasured},
	} {
		if got := stored(&driver.Report{Acked: c.acked}, c.input); got.State != c.want {
			t.Errorf("%d acknowledged, %+v: %s, want %s", c.acked, c.input, got.State, c.want)
		}
	}
	const why = "the driver sent again"
	twice := result.Input{Digest: "d", Records: 11}
	if got := stored(&driver.Report{Acked: 10, Renewed: 1}, twice); got.State != result.Invalidates || !strings.Contains(got.Text, why) {
		t.Errorf("a record twice after a new epoch: %s, %q; want it invalid and told why", got.State, got.Text)
	}
	if got := stored(&driver.Report{Acked: 10}, twice); strings.Contains(got.Text, why) {
		t.Errorf("a record that another producer wrote: %q", got.Text)
	}
}

func TestOnlyEngineFailuresLetTheRunGoOn(t *testing.T) {
	engine, broker := &Error{Fault: FaultEngine, Err: errors.New("crashed")}, environment("", errors.New("lost"))
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"one engine", engine, true},
		{"two engines", errors.Join(engine, errors.Join(engine)), true},
		{"an engine and the broker", errors.Join(engine, broker), false},
		{"the broker", broker, false},
		{"an interrupt", ErrInterrupted, false},
	} {
		if got := engineOnly(c.err); got != c.want {
			t.Errorf("%s: engineOnly = %v, want %v", c.name, got, c.want)
		}
	}
}
