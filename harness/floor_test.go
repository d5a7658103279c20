package harness

import (
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

func TestPolicyFloor(t *testing.T) {
	waiting := func(w engines.Wait) instance {
		return instance{desc: engines.Descriptor{Model: "micro-batch", Waits: map[engines.Guarantee]engines.Wait{engines.ExactlyOnce: w}},
			settings: scenario.Engine{BatchInterval: 600, CommitInterval: 100}}
	}
	with := func(in instance, options map[string]any) instance {
		in.settings.Options = options
		return in
	}
	batch := engines.Wait{For: engines.BatchInterval, Stages: engines.Independent}
	inStep := engines.Wait{For: engines.BatchInterval, Stages: engines.InStep, Shortest: 1000, ShortestOption: "least_ms"}
	commit := engines.Wait{For: engines.CommitInterval, Stages: engines.InStep, Shortest: 10}
	either := engines.Wait{For: engines.EitherInterval, LastStageOnly: true}
	for _, c := range []struct {
		name string
		in   instance
		g    engines.Guarantee
		hops int
		want time.Duration
	}{
		{"timers that know nothing of each other: half an interval a hop", waiting(batch), engines.ExactlyOnce, 5, 1500 * time.Millisecond},
		{"nothing to wait for in the other guarantee", waiting(batch), engines.AtLeastOnce, 5, 0},
		{"in step: half an interval, then whole ones", waiting(commit), engines.ExactlyOnce, 5, 450 * time.Millisecond},
		{"one hop is in step with nothing", waiting(commit), engines.ExactlyOnce, 1, 50 * time.Millisecond},
		{"an interval that the engine does not go below", waiting(inStep), engines.ExactlyOnce, 3, 2500 * time.Millisecond},
		{"unless its option says so", with(waiting(inStep), map[string]any{"least_ms": 100}), engines.ExactlyOnce, 3, 1500 * time.Millisecond},
		{"which may also be longer", with(waiting(inStep), map[string]any{"least_ms": uint64(2000)}), engines.ExactlyOnce, 3, 5 * time.Second},
		{"an option that is no number is the engine's to refuse", with(waiting(inStep), map[string]any{"least_ms": "x"}), engines.ExactlyOnce, 3,
			2500 * time.Millisecond},
		{"what comes first of two, at the last hop alone", waiting(either), engines.ExactlyOnce, 3, 50*time.Millisecond - 2777777},
		{"no job", waiting(batch), engines.ExactlyOnce, 0, 0},
	} {
		if got := policyFloor(c.in, c.g, c.hops).Truncate(time.Microsecond); got != c.want.Truncate(time.Microsecond) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// The floor is an average over phases: it must be that of stages played through, event by event.
func TestThePolicyFloorIsWhatStagesWithoutWorkWait(t *testing.T) {
	const interval, hops, n = int64(1000), 5, 1000
	after := func(t, phase int64) int64 { return (t-phase+interval)/interval*interval + phase } // the next beat, later than t
	for timing, phase := range map[engines.Timing]func(stage int64) int64{
		engines.InStep:      func(int64) int64 { return 0 },
		engines.Independent: func(stage int64) int64 { return stage % 2 * interval / 2 }, // as tuple and microbatch have them
	} {
		var sum int64
		for at := range int64(n) {
			done := at
			for stage := range int64(hops) {
				done = after(done, phase(stage))
			}
			sum += done - at
		}
		in := instance{desc: engines.Descriptor{Waits: map[engines.Guarantee]engines.Wait{engines.AtLeastOnce: {For: engines.BatchInterval, Stages: timing}}},
			settings: scenario.Engine{BatchInterval: 1000}}
		got, want := policyFloor(in, engines.AtLeastOnce, hops), time.Duration(sum)*time.Millisecond/n
		if d := (got - want).Abs(); d > 2*time.Millisecond {
			t.Errorf("%s: floor %v, played through %v", timing, got, want)
		}
	}
}

// What gives an engine time to answer counts by the interval that it works with, not by a shorter one that it does not keep.
func TestTimeForAnswersIsByTheIntervalThatIsKept(t *testing.T) {
	wait := engines.Wait{For: engines.BatchInterval, Stages: engines.InStep, Shortest: 5000, ShortestOption: "least_ms"}
	s := scenario.Default()
	s.Job = job.Identity(3)
	s.Guarantee = scenario.AtLeastOnce
	r := &run{Config: Config{Scenario: &s, Engines: map[string]engines.Descriptor{
		"lazy": {Name: "lazy", Model: "micro-batch", Waits: map[engines.Guarantee]engines.Wait{engines.AtLeastOnce: wait}}}}}
	for _, c := range []struct {
		batch, drain job.Millis
		options      map[string]any
		longest      time.Duration
		want         int64 // drain deadline, ms
	}{
		{200, 1000, nil, 5 * time.Second, 75_000},
		{8000, 1000, nil, 8 * time.Second, 120_000},
		{200, 1000, map[string]any{"least_ms": 100}, 200 * time.Millisecond, 3000},
		{200, 90_000, nil, 5 * time.Second, 90_000},
	} {
		e := scenario.Engine{Engine: "lazy", BatchInterval: c.batch, CommitInterval: 100, Options: c.options}
		s.Engines, s.Deadlines.Drain = map[string]scenario.Engine{"lazy": e}, c.drain
		if got := r.longestInterval(); got != c.longest {
			t.Errorf("batches of %v, options %v: interval %v, want %v", c.batch, c.options, got, c.longest)
		}
		if got := r.deadlines(r.instance("lazy", e)).DrainMS; got != c.want {
			t.Errorf("batches of %v, options %v: %d ms to drain, want %d", c.batch, c.options, got, c.want)
		}
	}
}

func TestBatchesAreAsLongAsTheEngineMakesThem(t *testing.T) {
	in := instance{desc: engines.Descriptor{Model: "micro-batch", Waits: map[engines.Guarantee]engines.Wait{
		engines.AtLeastOnce: {For: engines.BatchInterval, Stages: engines.InStep, Shortest: 500}}}, settings: scenario.Engine{BatchInterval: 200}}
	if got := in.batchInterval(engines.AtLeastOnce); got != 500*time.Millisecond {
		t.Errorf("batchInterval() = %v, want the 500 ms that the engine does not go below", got)
	}
	commits := engines.Wait{For: engines.CommitInterval, Shortest: 10}
	in.desc.Waits[engines.ExactlyOnce], in.settings.CommitInterval = commits, 100
	if b, c := in.timer(engines.AtLeastOnce), in.timer(engines.ExactlyOnce); b != 500*time.Millisecond || c != 100*time.Millisecond {
		t.Errorf("timers are %v and %v, want the batch and the commit interval", b, c)
	}
	if in.desc.Model = "event at a time"; in.batchInterval(engines.AtLeastOnce) != 0 {
		t.Error("an engine without batches has an interval of them")
	}
}
