package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/conformance"
	"github.com/streamgauge/streamgauge/harness/subject"
)

// Scripts are picked by any of several patterns, once each and in their own order; a pattern without a script is an error.
func TestScriptsArePickedByName(t *testing.T) {
	scripts := []conformance.Script{{Name: "clean-a"}, {Name: "clean-b"}, {Name: "window-a"}}
	for _, c := range []struct{ only, want, err string }{
		{"", "clean-a clean-b window-a", ""},
		{"window-*", "window-a", ""},
		{"window-* clean-b", "clean-b window-a", ""},
		{"clean-* *-a", "clean-a clean-b window-a", ""},
		{"clean-* wnidow-*", "", "--only wnidow-*: no script has such a name"},
		{"[ clean-*", "", "--only [: syntax error in pattern"},
	} {
		found, err := matching(scripts, strings.Fields(c.only))
		var names []string
		for _, s := range found {
			names = append(names, s.Name)
		}
		if got := strings.Join(names, " "); got != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("matching(%q) = %q, %v, want %q, %s", c.only, got, err, c.want, c.err)
		}
	}
}

// Engines on the Java virtual machine are checked on a real Kafka unless the user says otherwise.
func TestJVMEnginesAreCheckedOnARealKafka(t *testing.T) {
	a := &app{parts: parts()}
	for name, d := range a.parts.descriptors() {
		got, err := a.target([]string{name}, false, &checkFlags{guarantee: string(d.Guarantees[0]), deploy: engines.DeployLocal})
		if want := map[bool]string{true: "local", false: "embedded"}[d.Java > 0]; err != nil || got.broker != want {
			t.Errorf("%s is checked on broker %q, %v; want %s", name, got.broker, err, want)
		}
		if brief := slices.Contains(got.flags, "-XX:TieredStopAtLevel=1"); brief != (d.Java > 0) {
			t.Errorf("%s is checked with the flags %q; want a start that costs little for what runs on Java, and none for what does not", name, got.flags)
		}
	}
}

// A check in which no script was for the engine has proven nothing.
func TestACheckOfSkippedScriptsIsNoSuccess(t *testing.T) {
	outcome := func(s conformance.State, why string) conformance.Outcome {
		return conformance.Outcome{State: s, Reason: why}
	}
	passed, skipped, failed := outcome(conformance.Passed, ""), outcome(conformance.Skipped, "it copies"), outcome(conformance.Failed, "")
	for _, c := range []struct {
		scripts []conformance.Outcome
		code    int
		says    string
	}{
		{[]conformance.Outcome{passed, skipped}, exitOK, ""},
		{[]conformance.Outcome{passed, failed}, exitWrong, "does not do what the job means"},
		{[]conformance.Outcome{skipped, outcome(conformance.Skipped, "no encode"), skipped}, exitInvalid,
			"engine null was not judged: no script is for it: it copies; no encode"},
	} {
		err := (&app{stdout: io.Discard}).printReport(conformance.Report{Engine: "null", Scripts: c.scripts}, false)
		if exitCode(err) != c.code || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, exit code %d, want %d and %q", c.scripts, err, exitCode(err), c.code, c.says)
		}
	}
	err := (&app{stdout: io.Discard}).printReport(conformance.Report{Engine: "mute", Scripts: []conformance.Outcome{failed}, Silent: true}, false)
	if exitCode(err) != exitEngine || !strings.Contains(err.Error(), "engine mute was not judged: it answered nothing") {
		t.Errorf("an engine that never answered: %v, exit code %d, want %d", err, exitCode(err), exitEngine)
	}
}

// An engine that does not end when it is drained, or whose check is interrupted then, runs on beside no other script and after no check.
func TestAnEngineThatIsNotDrainedIsKilled(t *testing.T) {
	dir := t.TempDir()
	plan := engines.Plan{Contract: engines.Contract, Run: "r", Instance: "a", Engine: "external", Incarnation: 1, LogDir: dir,
		StateDir: filepath.Join(dir, "state"), Deadlines: engines.Deadlines{ReadyMS: 60_000, DrainMS: 60_000, StopMS: 60_000}}
	s, err := subject.Start(t.Context(), subject.Config{Plan: plan, Dir: dir, Command: []string{"/bin/sh", "-c",
		`echo '{"type":"hello","contract":[1]}'; sleep 1000`, "sh"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancelCause(t.Context())
	interrupt(harness.ErrInterrupted)
	if err := (incarnation{Subject: s}).Drain(ctx); !errors.Is(err, harness.ErrInterrupted) {
		t.Errorf("Drain = %v, want why it was given up", err)
	}
	select {
	case <-s.Done():
	default:
		t.Error("the engine runs on")
		_ = s.Kill()
	}
}
