package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

func ms(n int64) *int64 { n *= int64(time.Millisecond); return &n }

func trial() result.Trial {
	return result.Trial{ID: "t1", Instance: "tuple", Engine: "tuple", Quality: result.Clean, Valid: true, AchievedRate: 4990,
		Verdict:   result.Verdict{Judged: true, Correct: true, Text: "correct", Duplicate: 3},
		Latency:   map[string]*result.Latency{"response": {Count: 1000, P50: ms(2), P90: ms(5), P99: ms(30), Max: *ms(80)}},
		Resources: result.Resources{CPUSeconds: 12.5, RSSPeak: 300_000_000}}
}

func TestRulesHoldWhatIsMeasured(t *testing.T) {
	bound := 0.9
	bounded := trial()
	bounded.Latency["response"].BoundFrom = &bound
	for _, c := range []struct {
		rule  string
		trial result.Trial
		want  bool
		value string
	}{
		{"p99>20ms", trial(), true, "30ms"},
		{"p99>30ms", trial(), false, "30ms"},
		{"p99>=30ms", trial(), true, "30ms"},
		{"p50 < 2ms", trial(), false, "2ms"},
		{"p50<=2ms", trial(), true, "2ms"},
		{"max>100ms", trial(), false, "80ms"},
		{"p999>1s", trial(), true, "not measured"}, // too few samples: not known to be good
		{"p99>1s", bounded, true, "not measured"},  // a lower bound only
		{"p50>1s", bounded, false, "2ms"},
		{"achieved_rate<5000/s", trial(), true, "4990/s"},
		{"achieved_rate<4000", trial(), false, "4990/s"},
		{"cpu_seconds>12.4s", trial(), true, "12.5"},
		{"rss>300MB", trial(), false, "300MB"},
		{"rss>=0.3GB", trial(), true, "300MB"},
		{"duplicates>0", trial(), true, "3"},
		{"p99>1s", result.Trial{}, true, "not measured"},
		{"duplicates>0", result.Trial{}, true, "not measured"}, // nobody has judged it
		{"rss>1GB", result.Trial{}, true, "not measured"},
		{"cpu_seconds>99s", result.Trial{}, true, "not measured"},
	} {
		r, err := parseRule(c.rule)
		if err != nil {
			t.Errorf("parseRule(%q): %v", c.rule, err)
			continue
		}
		if got, value := r.holds(&c.trial); got != c.want || value != c.value {
			t.Errorf("%q holds = %t, %q, want %t, %q", c.rule, got, value, c.want, c.value)
		}
	}
}

func TestRulesApplyToRankedEnginesUnlessNamed(t *testing.T) {
	s := &scenario.Scenario{Engines: map[string]scenario.Engine{"tuple": {}, "null": {}}}
	rules, err := parseRules([]string{"p99>1s", "tuple:p99>1s", "null: p99 > 1s"}, s)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"tuple", "tuple", "null"} {
		for _, name := range []string{"tuple", "null"} {
			tr := result.Trial{Instance: name, Floor: name == "null"}
			if got := rules[i].applies(&tr); got != (name == want) {
				t.Errorf("rule %q applies to %s = %t", rules[i].text, name, got)
			}
		}
	}
}

func TestJudgeGivesTheGravestCode(t *testing.T) {
	wrong, invalid, partial := trial(), trial(), trial()
	wrong.Verdict = result.Verdict{Judged: true, Text: "wrong: 3 missing"}
	invalid.Quality, invalid.InvalidReasons = result.Invalid, []string{"send delay p99 9ms, limit 5ms"}
	partial.Partial, partial.Verdict = true, wrong.Verdict
	unjudged := invalid
	unjudged.Verdict = result.Verdict{Text: "not judged: 9 of 10 windows"}
	unjudged.InvalidReasons = []string{unjudged.Verdict.Text}
	slow, err := parseRule("p99>20ms")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		trials []result.Trial
		rules  []rule
		want   int
		text   string
	}{
		{"clean", []result.Trial{trial()}, nil, exitOK, ""},
		{"a broken rule", []result.Trial{trial()}, []rule{slow}, exitWrong, "p99 is 30ms"},
		{"invalid", []result.Trial{trial(), invalid}, nil, exitInvalid, "invalid: send delay p99 9ms"},
		{"too little was judged", []result.Trial{unjudged}, nil, exitInvalid, "not judged: 9 of 10 windows"},
		{"a rule on an invalid trial", []result.Trial{invalid}, []rule{slow}, exitInvalid, "invalid"},
		{"wrong and invalid", []result.Trial{invalid, wrong}, nil, exitWrong, "wrong: 3 missing"},
		{"partial trials are not judged", []result.Trial{partial}, nil, exitOK, ""},
	} {
		err := judge(&result.Run{Trials: c.trials}, "runs/x", c.rules)
		if got := exitCode(err); got != c.want || c.text != "" && !strings.Contains(fmt.Sprint(err), c.text) {
			t.Errorf("%s: exit code %d with %v, want %d with %q", c.name, got, err, c.want, c.text)
		}
	}
}

// No load is small enough, and no machine free enough, for an engine that closes windows early.
func TestHintsFitTheReasonOfAnInvalidTrial(t *testing.T) {
	for _, c := range []struct {
		verdict result.Verdict
		why     string
		want    string // part of the hint
	}{
		{result.Verdict{Judged: true, Correct: true, Text: "correct"}, "send_delay_p99: 9 ms", "offer less"},
		{result.Verdict{Judged: true, Correct: true, Text: "correct"}, "window_closing: 3 results came although", "keep a window until"},
		{result.Verdict{Text: "not judged: 9 of 10 windows"}, "not judged: 9 of 10 windows", "fewer events be late"},
	} {
		tr := result.Trial{Verdict: c.verdict, Quality: result.Invalid, InvalidReasons: []string{c.why}}
		if got := invalidHint(&tr); !strings.Contains(got, c.want) {
			t.Errorf("invalid because of %q: hint %q, want %q in it", c.why, got, c.want)
		}
	}
}

// A CI system that reads junit.xml, which is made of the result alone, must not see green where the exit code is 6.
func TestRulesAreRecorded(t *testing.T) {
	rules := make([]rule, 3)
	for i, text := range []string{"p99>20ms", "duplicates>5", "null:p99>1ms"} {
		r, err := parseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		rules[i] = r
	}
	invalid, partial := trial(), trial()
	invalid.Quality, partial.Partial = result.Invalid, true
	res := &result.Run{Ended: time.Unix(9, 0), Trials: []result.Trial{trial(), invalid, partial}}
	record(res, rules)
	want := []result.Event{
		{Trial: "t1", Time: res.Ended, Kind: "fail-if", Text: "p99>20ms: p99 is 30ms"},
		{Trial: "t1", Time: res.Ended, Kind: "fail-if-passed", Text: "duplicates>5: duplicates is 3"},
	}
	if diff := cmp.Diff(want, res.Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestExitCodePrecedence(t *testing.T) {
	code := func(c int) error { return &exitError{code: c, err: errors.New("x")} }
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("anything"), exitHarness},
		{fmt.Errorf("wrapped: %w", code(exitEngine)), exitEngine},
		{errors.Join(code(exitInvalid), code(exitWrong)), exitWrong},
		{errors.Join(code(exitWrong), code(exitEngine)), exitEngine},
		{errors.Join(code(exitEngine), code(exitEnvironment)), exitEnvironment},
		{errors.Join(code(exitEnvironment), code(exitUsage)), exitUsage},
		{errors.Join(code(exitUsage), errors.New("bug")), exitHarness},
		{errors.Join(errors.New("bug"), harness.ErrInterrupted), exitInterrupted},
		{&harness.Error{Fault: harness.FaultEngine, Err: errors.New("crash")}, exitEngine},
		{fmt.Errorf("running: %w", &harness.Error{Fault: harness.FaultEnvironment, Err: errors.Join(errors.New("a"), errors.New("b"))}), exitEnvironment},
		{fmt.Errorf("writing report html: %w", &fs.PathError{Op: "write", Path: "report.html", Err: syscall.ENOSPC}), exitEnvironment},
		{fmt.Errorf("reading the plan: %w", &fs.PathError{Op: "open", Path: "plan.json", Err: syscall.ENOENT}), exitHarness},
		{errors.Join(&exitError{code: exitEngine, err: syscall.EACCES}, fmt.Errorf("writing: %w", syscall.EROFS)), exitEnvironment},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("exitCode(%v) = %d, want %d", c.err, got, c.want)
		}
	}
}

func TestExplainPrintsErrorsWithTheirHints(t *testing.T) {
	var b strings.Builder
	a := &app{stderr: &b}
	a.explain(errors.Join(
		&exitError{code: 2, err: errors.New("first"), hint: "do this", detail: "line\n"},
		fmt.Errorf("second: %w", &harness.Error{Fault: harness.FaultEngine, Err: errors.New("crash"), Hint: "see the log"}),
		errors.New("third"),
		fmt.Errorf("fourth: %w", syscall.ENOSPC)))
	want := "streamgauge: error: first\nline\nstreamgauge: hint: do this\n" +
		"streamgauge: error: second: crash\nstreamgauge: hint: see the log\nstreamgauge: error: third\n" +
		"streamgauge: error: fourth: no space left on device\nstreamgauge: hint: make room on the disk, or choose a folder on another one\n"
	if b.String() != want {
		t.Errorf("explain printed\n%s\nwant\n%s", b.String(), want)
	}
}
