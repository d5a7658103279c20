package reports_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
	"github.com/streamgauge/streamgauge/reports/reportstest"
)

// In a container of two cores out of sixteen, sixteen were not shared.
func TestSharedCoresAreThoseThatARunCouldUse(t *testing.T) {
	for limit, want := range map[string]string{"2": "shared 2 of 16 cores", "1.5": "shared 1.5 of 16 cores", "64": "shared 16 cores", "": "shared 16 cores"} {
		run := reportstest.Sample(t, "side-by-side")
		run.Host.Cores, run.Host.Limits = 16, map[string]string{"cpus": limit}
		if text := strings.Join(reports.NotConcluded(run), "\n"); !strings.Contains(text, want) {
			t.Errorf("a quota of %q: %q, want %q in it", limit, text, want)
		}
	}
}

func TestNotConcludedNamesEveryDoubt(t *testing.T) {
	for sample, want := range map[string][]string{
		"side-by-side": {"embedded broker", "shared 2 cores", "ran at the same time", "one repetition", "policy floors", "sustains"},
		"isolated":     {"pinned to no cores", "policy floors", "sustains"},
		"troubled":     {"broken off (interrupted)", "How fast tuple is", "invalid trials (tuple-slow)", "Whether microbatch is correct", "p99.9 of microbatch", "true p99 of microbatch"},
		"empty":        {"broken off"},
	} {
		all := reports.NotConcluded(reportstest.Sample(t, sample))
		text := strings.Join(all, "\n")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: nothing about %q in\n%s", sample, w, text)
			}
		}
		if sample == "isolated" && len(all) != len(want) {
			t.Errorf("%s: %d doubts, want %d:\n%s", sample, len(all), len(want), text)
		}
	}
}

func TestSupportedClaimsNothingOfWrongEngines(t *testing.T) {
	text := strings.Join(reports.Supported(reportstest.Sample(t, "troubled")), "\n")
	if !strings.Contains(text, "cannot be said of microbatch (not judged) and tuple (wrong)") {
		t.Errorf("supported:\n%s", text)
	}
	if got := reports.Supported(reportstest.Sample(t, "empty")); len(got) > 0 {
		t.Errorf("a run without trials supports %v", got)
	}
}

func TestUnequalInputsAreNotCalledTheSame(t *testing.T) {
	run := reportstest.Sample(t, "side-by-side")
	run.Trials[2].Input.OrderDigest = "another"
	if text := strings.Join(reports.Supported(run), "\n"); strings.Contains(text, "the same bytes") {
		t.Error(text)
	}
}

func TestBadgesAreExplained(t *testing.T) {
	run := reportstest.Sample(t, "troubled")
	for _, b := range reports.Explain(run, &run.Trials[3]) {
		if len(b.Text) < 20 || strings.HasPrefix(b.Text, "See ") {
			t.Errorf("badge %s is explained by %q", b.Code, b.Text)
		}
		if b.Code == "cpu_pressure" && !strings.Contains(b.Text, "31 %, limit 10 %") {
			t.Errorf("the check behind a badge is told as %q", b.Text)
		}
	}
	unknown := &result.Trial{Badges: []string{"something-new"}}
	if got := reports.Explain(run, unknown); got[0].Text == "" {
		t.Error("an unknown badge has no text")
	}
}

func TestChecksAreGroupedWorstFirst(t *testing.T) {
	all := reports.Checks(reportstest.Sample(t, "troubled"))
	var got []string
	for _, g := range all[:4] {
		got = append(got, g.ID+" "+string(g.Worst))
	}
	want := []string{"send_delay_p99 invalid", "cpu_pressure degraded", "restarts note", "canary not-measured"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCommandAlwaysHasTheSeed(t *testing.T) {
	for text, want := range map[string]string{
		"": "streamgauge run first-light --seed 7", "streamgauge run first-light": "streamgauge run first-light --seed 7",
		"[streamgauge run first-light --rate 100/s]": "streamgauge run first-light --rate 100/s --seed 7",
		"streamgauge run x --seed 9":                 "streamgauge run x --seed 9",
		"streamgauge run x --set seed=9":             "streamgauge run x --set seed=9",
	} {
		run := &result.Run{Scenario: "first-light", Seed: 7, Events: []result.Event{{Time: time.Unix(0, 0), Kind: "command", Text: text}}}
		if got := reports.Command(run); got != want {
			t.Errorf("Command with %q = %q, want %q", text, got, want)
		}
	}
}

func TestWarningsAreSaidOnce(t *testing.T) {
	run := reportstest.Sample(t, "side-by-side")
	for i := range run.Trials {
		run.Trials[i].Warnings = []string{"the governor is schedutil"}
	}
	run.Events = append(run.Events, result.Event{Kind: "warning", Text: "topics were left behind"})
	want := []string{"null, tuple, microbatch: the governor is schedutil", "topics were left behind"}
	if diff := cmp.Diff(want, reports.Warnings(run)); diff != "" {
		t.Error(diff)
	}
}

func TestWriteFileLeavesTheOldOneWhenRenderingFails(t *testing.T) {
	dir := t.TempDir()
	ok := func(text string) error {
		return reports.WriteFile(dir, "sub/r.txt", writes(text, nil))
	}
	if err := ok("first"); err != nil {
		t.Fatal(err)
	}
	if err := reports.WriteFile(dir, "sub/r.txt", writes("half", errBroken)); err == nil {
		t.Fatal("no error from a broken render")
	}
	if got := read(t, dir, "sub/r.txt"); got != "first" {
		t.Errorf("the file holds %q, want the one before", got)
	}
}

func TestACorrectVerdictTellsWhatItLeavesOpen(t *testing.T) {
	v := result.Verdict{Judged: true, Correct: true, Expected: 7, Matched: 7, Foreign: 1, Unjudged: 2}
	s := reports.Subject{Trials: []*result.Trial{{Verdict: v}}}
	want := "All 7 expected outputs arrived with the content the oracle computed, none twice. Passed over: 1 record of the input without a valid identity. " +
		"Left undecided: 2 windows with too many late or repeated events to try."
	if got := s.Sentence(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
