package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/result"
)

func TestRunLeavesAWholeResult(t *testing.T) {
	p := start(t, tiny, "run", "./mine.yaml", "--set", "load.warmup=0s")
	p.ends(0)
	res := p.result()
	correct(t, res, 2)
	for _, want := range []string{"VERDICT", "tuple", "correct. All", "null (floor)", "Result: ", "Report: "} {
		if !strings.Contains(p.out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &p.out)
		}
	}
	for _, pattern := range []string{"plots/*.svg", "plots/*.png", "hist/*.hlog", "observations/b1/*.obs", "logs/broker.log", "logs/b1/tuple-1.log"} {
		if found, err := filepath.Glob(filepath.Join(p.folder(), pattern)); err != nil || len(found) == 0 {
			t.Errorf("no file %s: %v", pattern, err)
		}
	}
	for _, name := range []string{"state", "broker", "run.json.part"} {
		if _, err := os.Stat(filepath.Join(p.folder(), name)); err == nil {
			t.Errorf("%s was left behind", name)
		}
	}
}

// The scenario that a new user runs, with less load: five stages with windows, two execution models and the floor.
func TestFirstLightIsCorrectAndCanBeReportedAgain(t *testing.T) {
	slow(t)
	p := start(t, "", "run", "first-light", "--rate", "500/s", "--duration", "2s", "--set", "load.warmup=1s",
		"--set", "limits.send_delay_p99=1h", "--set", "limits.rate_error=100%", "--fail-if", "p50>1h", "--fail-if", "microbatch:achieved_rate<1/s")
	p.ends(0)
	correct(t, p.result(), 3)
	before := read(t, p.folder(), "report.html")
	table := p.out.String()
	for _, name := range []string{"report.html", "report.md", "junit.xml", "bench.txt"} {
		if err := os.Remove(filepath.Join(p.folder(), name)); err != nil {
			t.Fatal(err)
		}
	}
	p.out.Reset()
	p.start("report", p.folder()).ends(0)
	p.result()
	if after := read(t, p.folder(), "report.html"); after != before {
		t.Errorf("report.html is another one when it is written again:\n%s", cmp.Diff(before, after))
	}
	if head, _, _ := strings.Cut(table, "\nResult: "); !strings.HasPrefix(p.out.String(), head) {
		t.Errorf("the table is another one when it is printed again:\n%s", cmp.Diff(table, p.out.String()))
	}
}

// An input that lies ready gives a drain rate and the steps of an engine's life, no response times; the engines answer all of it.
func TestAPrefilledInputIsDrained(t *testing.T) {
	slow(t)
	s := strings.NewReplacer("job: identity", "job: alert\nplacement: isolated", "rate: 500/s, warmup: 1s", "profile: prefilled, rate: 2000/s, warmup: 0s",
		"{tuple: {}}", "{tuple: {}, microbatch: {}}").Replace(tiny)
	p := start(t, s, "run", "./mine.yaml", "--set", "load.drain=60s")
	p.ends(0)
	res := p.result()
	correct(t, res, 3)
	for _, trial := range res.Trials {
		b, l := trial.Backlog, trial.Lifecycle
		if b == nil || b.Events != 2000 || b.First <= 0 || b.Last < b.First || b.TotalRate <= 0 || trial.AchievedRate != b.TotalRate {
			t.Errorf("trial %s: backlog %+v, want 2000 events", trial.ID, b)
		}
		if l.Hello == nil || l.Stop == nil || l.Ready != nil || len(trial.Latency) != 0 || trial.OfferedRate != 0 {
			t.Errorf("trial %s: lifecycle %+v, latency %v, offered %v; want hello and stop alone", trial.ID, l, trial.Latency, trial.OfferedRate)
		}
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFlagsOfARun(t *testing.T) {
	slow(t)
	p := start(t, tiny, "run", "./mine.yaml", "--json", "--quiet", "--no-floor", "--keep", "--fail-if", "tuple:p50>1ns", "--fail-if", "p50>1h")
	p.ends(6, `--fail-if "tuple:p50>1ns": p50 is`, "hint: ")
	if strings.Contains(p.stderr(), "1h") || strings.Contains(p.stderr(), "starting") {
		t.Errorf("standard error is not quiet, or tells of a rule that does not hold:\n%s", p.stderr())
	}
	var printed result.Run
	if err := json.Unmarshal(p.out.Bytes(), &printed); err != nil {
		t.Fatalf("standard output is not run.json: %v\n%s", err, &p.out)
	}
	stored := p.result()
	correct(t, stored, 1)
	if x := read(t, p.folder(), "junit.xml"); strings.Count(x, `.fail-if"`) != 2 || strings.Count(x, `type="fail-if"`) != 1 {
		t.Errorf("junit.xml has not the two rules, one of which holds:\n%s", x)
	}
	if diff := cmp.Diff(stored, &printed); diff != "" {
		t.Errorf("printed and stored results differ:\n%s", diff)
	}
	for _, name := range []string{"state/b1/tuple/plan-1.json", "state/b1/tuple/state"} {
		if _, err := os.Stat(filepath.Join(p.folder(), name)); err != nil {
			t.Errorf("--keep kept no %s: %v", name, err)
		}
	}
}

// An engine that is killed or held up goes on from where it committed, and no answer is lost or doubled.
func TestFaultsUnderExactlyOnce(t *testing.T) {
	slow(t)
	p := start(t, strings.Replace(tiny, "measure: 1s", "measure: 3s", 1)+`faults:
  - {at: 1500ms, engine: tuple, do: kill, for: 300ms}
  - {at: 1500ms, engine: microbatch, do: pause, for: 500ms}
  - {at: 2500ms, engine: microbatch, do: kill, for: 300ms}
`, "run", "./mine.yaml", "--guarantee", "exactly-once", "--engine", "tuple,microbatch", "--set", "job=clean", "--set", "stream.repeats=5%",
		"--set", "stream.damaged=1%")
	p.ends(0)
	res := p.result()
	correct(t, res, 3)
	for _, trial := range res.Trials {
		want := map[string]int{"tuple": 1, "microbatch": 1}[trial.Instance]
		if trial.Restarts != want || trial.Guarantee != "exactly-once" || trial.Verdict.Duplicate != 0 {
			t.Errorf("%s: %d restarts, %s, %d duplicates; want %d restarts and no duplicate", trial.Instance, trial.Restarts, trial.Guarantee,
				trial.Verdict.Duplicate, want)
		}
	}
	over := 0
	for _, e := range res.Events {
		if e.Kind == "fault over" {
			over++
		}
	}
	if over != 3 {
		t.Errorf("%d faults ran their course, want 3: %v", over, res.Events)
	}
}

func TestIsolatedTrialsGetTheSameBytes(t *testing.T) {
	slow(t)
	p := start(t, tiny, "run", "./mine.yaml", "--placement", "isolated", "--repetitions", "2", "--set", "load.warmup=0s", "--no-floor")
	p.ends(0)
	res := p.result()
	correct(t, res, 2)
	if a, b := res.Trials[0].Input, res.Trials[1].Input; a.Digest == "" || a != b {
		t.Errorf("inputs %+v and %+v, want them the same", a, b)
	}
	if _, err := os.Stat(filepath.Join(p.folder(), "input.capture")); err == nil {
		t.Error("the capture was left behind without --keep")
	}
}

// Two runs on one broker, in one folder: neither sees anything of the other.
func TestTwoRunsAtOnce(t *testing.T) {
	slow(t)
	_, address := remoteBroker(t)
	a := start(t, tiny, "run", "./mine.yaml", "--broker", address)
	b := &program{t: t, dir: a.dir, lines: make(chan string, 1000)}
	b.start("run", "./mine.yaml", "--broker", address)
	a.ends(0)
	b.ends(0)
	folders, err := filepath.Glob(filepath.Join(a.dir, "runs", "*", "run.json"))
	if err != nil || len(folders) != 2 {
		t.Fatalf("results %v, %v, want two", folders, err)
	}
	for _, name := range folders {
		var res result.Run
		if err := json.Unmarshal([]byte(read(t, name, "")), &res); err != nil {
			t.Fatal(err)
		}
		correct(t, &res, 2)
	}
	wantEmpty(t, address)
}
