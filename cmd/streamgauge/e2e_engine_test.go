package main

import (
	"strings"
	"testing"
)

// Whatever an engine does, the run ends in time, says what happened and to whom, and leaves nothing running.
func TestBadEngines(t *testing.T) {
	for _, c := range []struct {
		role, deadlines string
		code            int
		stderr          []string
		failure         string // in the partial result; empty: the result is whole
	}{
		{"crash-start", "ready: 60s", 4,
			[]string{"error: starting engine bad: the engine ended by itself: exit status 3 before its hello", "hint: its log ends:\n  badengine: libfast.so: cannot open"},
			"exit status 3 before its hello"},
		{"mute", "ready: 500ms", 4, []string{"error: starting engine bad: it said no hello within 500ms", "hint: what needs longer to start needs deadlines.ready"}, "no hello"},
		{"contract", "ready: 60s", 4, []string{"its hello says that it speaks contract [7]; this harness speaks 1"}, "contract [7]"},
		{"silent", "ready: 3s", 4, []string{"error: waiting for engines: bad did not answer a probe of every partition within 3s", "hint: look into the logs in runs/", "deadlines.ready"},
			"waiting for engines"},
		{"deaf", "ready: 3s, stop: 300ms", 4, []string{"error: waiting for engines: bad did not answer"}, "waiting for engines"},
		{"crash-middle", "drain: 60s", 4, []string{"error: engine bad: the engine ended by itself: exit status 9; its log is in runs/"}, "exit status 9"},
		{"quit", "drain: 60s", 4, []string{"error: engine bad: the engine ended by itself: exit status 0; its log is in runs/"}, "exit status 0"},
		{"hang", "drain: 1s, stop: 300ms", 4, []string{"error: engine bad: asked to drain, it did not end: its 2.5s are over", "hint: one that needs longer needs deadlines.drain"},
			"asked to drain, it did not end"},
		{"freeze", "drain: 1s, stop: 300ms", 4, []string{"error: engine bad: asked to drain, it did not end"}, "asked to drain, it did not end"},
		{"wrong", "ready: 60s", 6, []string{"error: trial b1-1-bad: bad: wrong: 1 with other content", "hint: repeat on a real Kafka"}, ""},
		{"flood", "ready: 60s", 0, nil, ""},
	} {
		t.Run(c.role, func(t *testing.T) {
			slow(t)
			p := start(t, withBad(c.role, c.deadlines), "run", "./mine.yaml")
			p.ends(c.code, c.stderr...)
			if n := strings.Count(p.stderr(), ": error: "); c.code != 0 && n != 1 {
				t.Errorf("%d errors, want the one that led to all others:\n%s", n, p.stderr())
			}
			switch {
			case c.failure != "":
				p.partial(c.failure)
			case c.code == 0:
				correct(t, p.result(), 1)
			default:
				if res := p.result(); res.Partial || !res.Trials[0].Verdict.Judged || res.Trials[0].Verdict.Wrong != 1 {
					t.Errorf("result %+v, want a whole one with one wrong answer", res.Trials)
				}
			}
		})
	}
}

// An engine that fails costs the others nothing: their trials are whole.
func TestOneEngineFailsBesideOthers(t *testing.T) {
	slow(t)
	scenario := strings.Replace(tiny, "{tuple: {}}", "{tuple: {}, bad: {engine: external, command: [badengine, crash-middle]}}", 1)
	p := start(t, scenario, "run", "./mine.yaml", "--no-floor")
	p.ends(4, "error: engine bad: the engine ended by itself: exit status 9")
	res := p.result()
	if !res.Partial || len(res.Trials) != 2 {
		t.Fatalf("partial %t, %d trials, want a partial result with both", res.Partial, len(res.Trials))
	}
	for _, trial := range res.Trials {
		v := trial.Verdict
		switch trial.Instance {
		case "bad":
			if !trial.Partial || trial.Valid {
				t.Errorf("the engine that failed: partial %t, valid %t", trial.Partial, trial.Valid)
			}
		case "tuple":
			if trial.Partial || !trial.Valid || !v.Judged || !v.Correct || v.Matched != v.Expected {
				t.Errorf("the other engine: %+v, want it whole and correct", trial)
			}
		}
	}
}

// Grandchildren of the harness are found too: a shell that waits for the engine dies with its group.
func TestAWrappedEngineDoesNotOutliveItsRun(t *testing.T) {
	slow(t)
	p := start(t, "", "version")
	p.ends(0)
	p.write("wrap.sh", "badengine deaf \"$@\"\nexit $?\n")
	p.write("mine.yaml", strings.Replace(withBad("deaf", "ready: 3s, stop: 300ms"), "badengine, deaf", "sh, wrap.sh", 1))
	p.start("run", "./mine.yaml").ends(4, "bad did not answer")
}

// A program that lacks an operator of the job, or does not write what its encode asks for, is known by its hello, and nothing is
// offered to it.
func TestAProgramThatCannotDoTheJobIsRefused(t *testing.T) {
	for _, c := range []struct{ role, text, hint string }{
		{"formless", "its encode does not write senml-cbor, as job rooms asks: its hello offers canonical-json, csv",
			"another job, or another encode in it; a program that writes senml-cbor lists it in its hello's forms"},
		{"bare", "it cannot do job rooms: its hello calls absent decode (stage parse), encode (stage parse)", "another job, or another engine"},
	} {
		t.Run(c.role, func(t *testing.T) {
			slow(t)
			p := start(t, "", "version")
			p.ends(0)
			p.write("job.yaml", `schema: 1
name: rooms
reading: {device: device_id, time: {path: ts, unit: s}, metrics: {temp: {path: data.temp, unit: Cel}}}
stages:
  - {name: parse, do: [decode: {}, encode: {as: senml-cbor}]}
answers: {probe: event, per_event: event}
`)
			p.write("mine.yaml", strings.Replace(withBad(c.role, "ready: 60s"), "job: identity", "job: ./job.yaml", 1))
			p.start("run", "./mine.yaml")
			p.ends(2, "error: engine bad: "+c.text, "hint: "+c.hint)
			if n := strings.Count(p.stderr(), ": error: "); n != 1 {
				t.Errorf("%d errors, want one:\n%s", n, p.stderr())
			}
			if res := p.partial(c.text); len(res.Trials) != 0 {
				t.Errorf("%d trials, want none", len(res.Trials))
			}
		})
	}
}

func TestACommandThatDoesNotExistIsAUsageError(t *testing.T) {
	p := start(t, strings.Replace(withBad("x", "ready: 1s"), "badengine, x", "no-such-engine", 1), "run", "./mine.yaml")
	p.ends(2, `error: engine bad: its command: exec: "no-such-engine": executable file not found`, "hint: ")
}
