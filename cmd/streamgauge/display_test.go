package main

import (
	"strings"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/harness"
)

func progress(phase string, elapsed time.Duration) harness.Progress {
	return harness.Progress{Phase: phase, Elapsed: elapsed, Total: 25 * time.Second, Instances: []harness.InstanceProgress{
		{Name: "null"},
		{Name: "tuple", Rate: 4998.4, P50: 3 * time.Millisecond, P99: 12 * time.Millisecond, Backlog: 2100 * time.Millisecond, Verdict: "ok"},
	}}
}

func TestProgressLine(t *testing.T) {
	got := progressLine(progress("measure", 12*time.Second))
	for _, part := range []string{"measure 12s/25s | null 0/s | tuple 4998/s p50 3", "p99 12", "behind 2.1s ok"} {
		if !strings.Contains(got, part) {
			t.Errorf("progressLine = %q, want %q in it", got, part)
		}
	}
}

func TestPlainProgressComesAtPhasesAndEveryFewSeconds(t *testing.T) {
	var b strings.Builder
	d := (&app{stderr: &b}).newDisplay(false)
	for i := range 8 {
		d.show(progress("warm-up", time.Duration(i)*time.Second))
	}
	d.show(progress("measure", 0))
	d.say("text")
	d.close()
	var got []string
	for line := range strings.Lines(b.String()) {
		got = append(got, strings.Join(strings.Fields(line)[:min(2, len(strings.Fields(line)))], " "))
	}
	if want := "warm-up 0s/25s,warm-up 5s/25s,measure 0s/25s,text"; strings.Join(got, ",") != want {
		t.Errorf("lines begin %q, want %q", strings.Join(got, ","), want)
	}
}

func TestTerminalProgressStaysOnOneLine(t *testing.T) {
	var b strings.Builder
	d := (&app{stderr: &b}).newDisplay(false)
	d.width = func() int { return 20 }
	d.show(progress("measure", time.Second))
	d.say("text")
	d.show(progress("measure", 2*time.Second))
	d.close()
	const clear = "\r\x1b[K"
	want := clear + "measure 1s/25s | n…" + clear + "text\n" + clear + "measure 2s/25s | n…" + clear
	if b.String() != want {
		t.Errorf("wrote %q, want %q", b.String(), want)
	}
}

func TestQuietSaysNothing(t *testing.T) {
	var b strings.Builder
	d := (&app{stderr: &b}).newDisplay(true)
	d.show(progress("measure", 0))
	d.say("text")
	d.close()
	if b.Len() != 0 {
		t.Errorf("wrote %q, want nothing", b.String())
	}
}
