package harness

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/subject"
)

const helloAndWait = `echo '{"type":"hello","contract":[1],"engine":"a","version":"1","guarantees":["at-least-once"]}'; cat`

// shellTrial starts a shell program as engine a.
func shellTrial(t *testing.T, program string) *trial {
	t.Helper()
	dir := t.TempDir()
	tr := &trial{instance: instance{label: "a"}, id: "a"}
	tr.plan = engines.Plan{Contract: engines.Contract, Run: "r", Instance: "a", Engine: "external", Incarnation: 1,
		Deadlines: engines.Deadlines{ReadyMS: 60_000, DrainMS: 60_000, StopMS: 5_000}, LogDir: dir, StateDir: filepath.Join(dir, "state")}
	s, err := subject.Start(t.Context(), subject.Config{Command: []string{"/bin/sh", "-c", program, "sh"}, Plan: tr.plan, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	tr.subject = s
	return tr
}

// injected starts a shell program as engine, does faults to it, and gives its trial and the kinds of events noted.
func injected(t *testing.T, program string, faults ...scenario.Fault) (*trial, []string) {
	t.Helper()
	tr := shellTrial(t, program)
	r := &run{Config: Config{Scenario: &scenario.Scenario{Faults: faults}}, shared: &shared{res: &result.Run{}}}
	(&blockRun{run: r, trials: []*trial{tr}}).injectAll(t.Context(), tr, time.Now())
	if err := tr.subject.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	var kinds []string
	for _, e := range r.res.Events {
		kinds = append(kinds, e.Kind)
	}
	return tr, kinds
}

func TestFaultsOfAnEngineFollowEachOther(t *testing.T) {
	tr, kinds := injected(t, helloAndWait,
		scenario.Fault{At: 1, Engine: "a", Do: scenario.Kill, For: 1},
		scenario.Fault{At: 0, Engine: "a", Do: scenario.Kill, For: 20}, // lasts beyond the beginning of the other
		scenario.Fault{At: 2, Engine: "a", Do: scenario.Pause, For: 1},
		scenario.Fault{At: 0, Engine: "b", Do: scenario.Kill})
	want := []string{"fault injected", "fault over", "fault injected", "fault over", "fault injected", "fault over"}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if n := tr.subject.Plan().Incarnation; n != 3 || tr.failure != nil {
		t.Errorf("incarnation %d, failure %v; want the third and none", n, tr.failure)
	}
}

func TestAnEngineThatDoesNotComeBackHasFailed(t *testing.T) {
	seen := filepath.Join(t.TempDir(), "seen")
	second := `test -e ` + seen + ` && exit 3; : > ` + seen + `; ` + helloAndWait // a second life ends at once
	tr, kinds := injected(t, second, scenario.Fault{Engine: "a", Do: scenario.Kill, For: 1})
	if diff := cmp.Diff([]string{"fault injected", "warning"}, kinds); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if tr.failure == nil {
		t.Error("the engine counts as sound")
	}
	if all := tr.life.result(time.Now()).Recoveries; len(all) != 1 || all[0].Hello != nil || all[0].Down == nil {
		t.Errorf("recoveries %+v, want the kill, with the start and no hello", all)
	}
}

// An engine whose job runs on a cluster elsewhere cancels it also when the run breaks off, be it for want of a broker.
func TestAnEngineWithAJobElsewhereHasTimeToCancelIt(t *testing.T) {
	for _, why := range []error{errors.New("the broker was lost"), ErrInterrupted} {
		cancelled := filepath.Join(t.TempDir(), "cancelled")
		tr := shellTrial(t, helloAndWait+`; sleep 0.1; : > '`+cancelled+`'`)
		tr.settings.Deploy = engines.DeployRemote
		ctx, end := context.WithCancelCause(t.Context())
		end(why)
		b := &blockRun{run: &run{shared: &shared{res: &result.Run{}, health: &sampler{}}}, trials: []*trial{tr}}
		b.stopEngines(ctx)
		if _, err := os.Stat(cancelled); err != nil || len(b.res.Events) > 0 {
			t.Errorf("after %q: %v, events %v; want the job cancelled and nothing to tell", why, err, b.res.Events)
		}
	}
}

// Some of what daemons keep belongs to one start, and their ports may be taken while they are down.
func TestTheClusterOfAKilledEngineIsDescribedAnew(t *testing.T) {
	tr := shellTrial(t, helloAndWait)
	tr.launch.Cluster = &engines.Cluster{}
	var asked []int
	start := func(_ context.Context, p engines.Plan) (engines.Launch, error) {
		asked = append(asked, p.Incarnation)
		return engines.Launch{}, nil
	}
	b := &blockRun{run: &run{Config: Config{EngineStart: start}}}
	cluster, err := b.nextCluster(t.Context(), tr)
	if err := errors.Join(err, tr.subject.Kill(), tr.subject.Restart(t.Context(), cluster)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{2}, asked); diff != "" || tr.subject.Plan().Incarnation != 2 {
		t.Errorf("described for incarnations (-want +got):\n%s, and incarnation %d runs", diff, tr.subject.Plan().Incarnation)
	}
	if err := tr.subject.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCostsOfABlockAreNotThoseOfTheBlocksBefore(t *testing.T) {
	before := costs{roleBroker: {CPUSeconds: 7, RSSPeak: 50}, roleHarness: {CPUSeconds: 3, RSSPeak: 20}}
	now := costs{roleBroker: {CPUSeconds: 9.5, RSSPeak: 60}, roleHarness: {CPUSeconds: 4, RSSPeak: 20}}
	want := costs{roleBroker: {CPUSeconds: 2.5, RSSPeak: 60}, roleHarness: {CPUSeconds: 1, RSSPeak: 20}}
	if diff := cmp.Diff(want, now.since(before)); diff != "" {
		t.Errorf("costs (-want +got):\n%s", diff)
	}
}

func TestASaturatedTrialIsNotHeldAgainstItsSchedule(t *testing.T) {
	b := &blockRun{input: newCounted(nil), report: driver.Report{Elapsed: 3 * dueStep}}
	b.input.due = []int64{1, 2, 3, 4, 5} // made ahead of their time
	if b.unfinished() || len(b.due()) != 5 {
		t.Errorf("an input offered to its end: unfinished, %v due", b.due())
	}
	b.report.Saturated = true
	if diff := cmp.Diff([]int64{1, 2, 3}, b.due()); !b.unfinished() || diff != "" {
		t.Errorf("saturated: due (-want +got):\n%s", diff)
	}
}
