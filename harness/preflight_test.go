package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// planned is a run of a small scenario with the engines given.
func planned(t *testing.T, labels map[string]scenario.Engine) *run {
	t.Helper()
	s := scenario.Default()
	s.Job = job.Identity(1)
	s.Load.Rate = 10
	s.Engines = labels
	return &run{shared: &shared{id: "r1"}, Config: Config{Scenario: &s, OutDir: filepath.Join(t.TempDir(), "runs", "not", "there", "yet"),
		Engines: map[string]engines.Descriptor{"small": {Name: "small", MaxRecord: 1000}, "any": {Name: "any"}, "picky": {Name: "picky", Check: fewSlots}}}}
}

// fewSlots refuses options without a slot for each partition and stage.
func fewSlots(p engines.Plan) error {
	var o struct{ Slots int }
	if err := json.Unmarshal(p.Options, &o); err != nil {
		return err
	}
	if need := len(p.Job.Stages) * int(p.Partitions); o.Slots < need {
		return fmt.Errorf("%d slots; want %d", o.Slots, need)
	}
	return nil
}

func TestPreflightRefusesWhatCannotWork(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		engine scenario.Engine
		change func(*scenario.Scenario)
		fault  Fault // 0: none
		want   string
	}{
		{"fits", scenario.Engine{Engine: "small"}, func(s *scenario.Scenario) { s.Stream.Pad = 1000 }, 0, ""},
		{"no limit is known", scenario.Engine{Engine: "any"}, func(s *scenario.Scenario) { s.Stream.Pad = 1e6 }, 0, ""},
		{"record beyond the verified limit", scenario.Engine{Engine: "small"}, func(s *scenario.Scenario) { s.Stream.Pad = 1500 },
			FaultUsage, "engine x: records of 1.5KB; the largest verified for small is 1KB"},
		{"unknown engine", scenario.Engine{Engine: "none"}, nil, FaultUsage, `engine x: unknown engine "none"`},
		{"program by path", scenario.Engine{Engine: scenario.External, Command: []string{self}}, nil, 0, ""},
		{"no such program", scenario.Engine{Engine: scenario.External, Command: []string{"./no-such-program"}}, nil, FaultUsage,
			`engine x: its command: exec: "./no-such-program"`},
		{"options that the engine takes", scenario.Engine{Engine: "picky", Options: map[string]any{"slots": 2}}, nil, 0, ""},
		{"options that the engine refuses", scenario.Engine{Engine: "picky", Options: map[string]any{"slots": 1}}, nil, FaultUsage, "engine x: 1 slots; want 2"},
		{"more than any disk", scenario.Engine{Engine: "any"}, func(s *scenario.Scenario) { s.Load.Rate, s.Load.Measure = 1e9, 1e12 },
			FaultEnvironment, "checking the disk: the run needs about "},
	} {
		r := planned(t, map[string]scenario.Engine{"x": c.engine})
		if c.change != nil {
			c.change(r.Scenario)
		}
		err := r.preflight(t.Context())
		var e *Error
		switch {
		case c.fault == 0 && err != nil:
			t.Errorf("%s: preflight() = %v", c.name, err)
		case c.fault != 0 && (!errors.As(err, &e) || e.Fault != c.fault || e.Hint == "" || !strings.HasPrefix(err.Error(), c.want)):
			t.Errorf("%s: preflight() = %v, want fault %d, a hint and %q", c.name, err, c.fault, c.want)
		}
		if _, err := os.Stat(r.OutDir); err == nil {
			t.Errorf("%s: preflight made a folder", c.name)
		}
	}
}

// After a kill a broker knows a producer again whose last event time is of the last weeks.
func TestAKillOfABrokerThatForgetsItsProducersIsWarnedOf(t *testing.T) {
	for _, c := range []struct {
		start time.Time
		speed scenario.Factor
		do    string
		want  bool
	}{
		{time.Date(2020, 7, 13, 0, 0, 0, 0, time.UTC), 1, scenario.KillBroker, true},
		{time.Date(2020, 7, 13, 0, 0, 0, 0, time.UTC), 1, scenario.Kill, false},
		{time.Now().Add(-25 * 24 * time.Hour), 1, scenario.KillBroker, true},
		{time.Now().Add(-24 * 24 * time.Hour), 1, scenario.KillBroker, false},
		{time.Now().Add(-25 * 24 * time.Hour), 86_400, scenario.KillBroker, false}, // a day each second
	} {
		r := planned(t, map[string]scenario.Engine{"x": {Engine: "any"}})
		r.Scenario.Stream.EventTime.Start, r.Scenario.Stream.EventTime.Speed = c.start, c.speed
		r.Scenario.Faults = []scenario.Fault{{At: 2000, Do: c.do}}
		if err := r.preflight(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := len(r.early) == 1 && strings.Contains(r.early[0], "event times are of "+c.start.Format(time.DateOnly))
		if got != c.want || len(r.early) > 1 {
			t.Errorf("%s with event times from %v at %v: warnings %q, want one %t", c.do, c.start, c.speed, r.early, c.want)
		}
	}
}

func TestPreflightReportsAllProblems(t *testing.T) {
	r := planned(t, map[string]scenario.Engine{"a": {Engine: "none"}, "b": {Engine: "small"}})
	r.Scenario.Stream.Pad = 2000
	if err := r.preflight(t.Context()); err == nil || !strings.Contains(err.Error(), "engine a") || !strings.Contains(err.Error(), "engine b") {
		t.Errorf("preflight() = %v, want both engines", err)
	}
}

// What engines need is brought once for each, after preflight and before anything is made or started.
func TestRunPreparesItsEngines(t *testing.T) {
	no := errors.New("no Java")
	r := planned(t, map[string]scenario.Engine{"a": {Engine: "any"}, "b": {Engine: "any"}, "c": {Engine: "small"},
		"x": {Engine: scenario.External, Command: []string{"/bin/sh"}}})
	var got []string
	r.PrepareEngines = func(_ context.Context, names []string, say func(string)) error {
		got = names
		say("a step")
		return no
	}
	var said string
	r.Say = func(line string) { said = line }
	res, dir, err := Run(t.Context(), r.Config)
	if !errors.Is(err, no) || res != nil || dir != "" || said != "a step" {
		t.Errorf("Run = %v, %q, %v, said %q; want nothing started and %v", res, dir, err, said, no)
	}
	if diff := cmp.Diff([]string{"any", "small"}, got); diff != "" {
		t.Errorf("prepared (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(r.OutDir); err == nil {
		t.Error("a folder was made")
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	r.PrepareEngines = func(context.Context, []string, func(string)) error {
		cancel(ErrInterrupted)
		return no
	}
	if _, _, err := Run(ctx, r.Config); !errors.Is(err, ErrInterrupted) {
		t.Errorf("Run, interrupted meanwhile = %v, want ErrInterrupted", err)
	}
}

// A virtual machine on a busy machine may take all its time to be ready; a Go program that is silent has failed.
func TestHelloWithin(t *testing.T) {
	plan := engines.Plan{Deadlines: engines.Deadlines{ReadyMS: 90_000}}
	for _, c := range []struct {
		in   instance
		want time.Duration
	}{
		{instance{desc: engines.Descriptor{Name: "tuple"}, settings: scenario.Engine{Engine: "tuple"}}, 0},
		{instance{desc: engines.Descriptor{Name: "storm", Java: 17}, settings: scenario.Engine{Engine: "storm"}}, 90 * time.Second},
		{instance{settings: scenario.Engine{Engine: scenario.External}}, 90 * time.Second},
	} {
		if got := (&trial{instance: c.in, plan: plan}).helloWithin(); got != c.want {
			t.Errorf("helloWithin of %s = %v, want %v", c.in.settings.Engine, got, c.want)
		}
	}
}
