package conformance

import (
	"strings"
	"testing"
	"testing/fstest"
)

const good = `about  One event.
job    decode

steps
  a#0  +1s  x=1

expect
  a#0  event x=1
`

func TestParseNamesEachProblemWithItsLine(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown keyword", "about ", "abuot ", "s.txt:1: unknown keyword \"abuot\"; did you mean `about`?"},
		{"missing section", "about  One event.\n", "", "s.txt:1: no about"},
		{"repeated section", "steps\n", "job decode\nsteps\n", "s.txt:4: job stands twice"},
		{"unknown job", "decode", "decoed", `s.txt:2: job "decoed"`},
		{"no event", "a#0  +1s  x=1", "a +1s x=1", "s.txt:5: \"+1s\": want an event"},
		{"bad moment", "+1s  x=1", "1s x=1", `s.txt:5: "1s" is not a moment`},
		{"not whole ms", "+1s  x=1", "+1us x=1", `s.txt:5: "+1us" is not a moment of whole ms`},
		{"unknown metric", "+1s  x=1", "+1s z=1", `s.txt:5: "z=1": want METRIC=TOKEN`},
		{"bad range", "a#0  +1s", "a#9..0  +1s", `s.txt:5: "9..0": want a sequence`},
		{"bad hex", "+1s  x=1", "+1s hex 0g", "s.txt:5: hex:"},
		{"bad build", "+1s  x=1", `+1s build "x"*y`, "s.txt:5: build: *y is no count"},
		{"bad size", "+1s  x=1", "+1s size 1GB", `s.txt:5: size "1GB"`},
		{"open option", "+1s  x=1", "+1s (flags 8 x=1", "s.txt:5: an option does not end"},
		{"bad order", "+1s  x=1", "+1s (sgt last) x=1", "s.txt:5: option (sgt last): want first or none"},
		{"unknown option", "+1s  x=1", "+1s (flag 8) x=1", "s.txt:5: option (flag 8): unknown"},
		{"unknown device", "  a#0  event", "  b#0  event", "s.txt:8: device b is not among the steps"},
		{"never sent", "  a#0  event x=1", "  a#0  event x=1\n  a#1  event x=1", "s.txt:9: a#1 is not among the steps (0 times)"},
		{"sent once", "  a#0  event x=1", "  a#0/2  event x=1", "s.txt:8: a#0 is not among the steps (1 times)"},
		{"not spoken of", "  a#0  +1s  x=1\n", "  a#0  +1s  x=1\n  a#1  +2s  x=1\n", "nothing is expected of a#1"},
		{"bad value", "event x=1", "event x=1e3", `s.txt:8: "1e3" is not a decimal`},
		{"no value", "event x=1", "event", "s.txt:8: want the value"},
		{"bad bytes", "event x=1", "event hex 0g", "s.txt:8: hex:"},
		{"open string", "event x=1", `event build "x`, "s.txt:8: build: want quoted strings"},
		{"twice", "event x=1", "event x=1 x=2", "s.txt:8: x stands twice"},
		{"unknown reason", "event x=1", "dead@0 late same", `s.txt:8: reason "late"`},
		{"unknown kind", "event x=1", "answer x=1", `s.txt:8: "answer": want nothing, event`},
		{"alert without threshold", "event x=1", "alert@1 on value=1", "s.txt:8: want threshold=…, value=…"},
		{"window without of", "a#0  event x=1", "a window@1 +0s..+10s sum=1", `s.txt:8: "sum=1": want ` + "`of`"},
		{"bad yaml", "job    decode", "job\n  schema: 1\n  nmae: x", "s.txt:4:1: unknown key `nmae`"},
		{"bounds", "steps\n", "bounds +1s -1s\nsteps\n", "s.txt:4: bounds"},
		{"objects of readings", "steps\n", "objects\n  o hex 00\nsteps\n", "s.txt:5: the job has no large messages"},
		{"indented first", "about ", " about ", "s.txt:1: an indented line"},
	} {
		src := strings.Replace(good, c.old, c.new, 1)
		if src == good {
			t.Fatalf("%s: nothing was replaced", c.name)
		}
		if _, err := Parse("s.txt", src); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Parse = %v, want an error with %q", c.name, err, c.want)
		}
	}
	if _, err := Parse("s.txt", good); err != nil {
		t.Errorf("Parse(good) = %v", err)
	}
}

const referring = `about  One message in the store.
job    large

objects
  a/0  hex 0100

steps
  a#0  +1s  (claim 2 ab94ac0ace7276c0) raw a/0

expect
  a#0  event json {"bytes":2,"hash":-6083048034257439040,"peak":1,"sum":1}
`

func TestObjectsAreNamedOnceAndPlainly(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"no name", "a/0  hex", "a/../0  hex", `s.txt:5: "a/../0" is no name of an object`},
		{"twice", "hex 0100\n", "hex 0100\n  a/0  hex\n", "s.txt:6: object a/0 stands twice"},
		{"no value", "a/0  hex 0100", "a/0", "s.txt:5:"},
		{"a reading", "a/0  hex 0100", "a/0  x=1", "s.txt:5: the job has no reading"},
	} {
		src := strings.Replace(referring, c.old, c.new, 1)
		if _, err := Parse("s.txt", src); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Parse = %v, want an error with %q", c.name, err, c.want)
		}
	}
	one, err := Parse("one.txt", referring)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Parse("two.txt", strings.ReplaceAll(referring, "a#0", "b#0"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := compile(groupScripts([]Script{one, two})[0], 2); err == nil || !strings.Contains(err.Error(), "two.txt:5: another script of job large has the object a/0") {
		t.Errorf("compile = %v, want that an object is of two scripts", err)
	}
}

func TestAllProblemsOfAllFilesAreReported(t *testing.T) {
	fsys := fstest.MapFS{
		"d/a.txt": {Data: []byte(strings.ReplaceAll(good, "x=1", "q=1"))},
		"d/b.txt": {Data: []byte(strings.Replace(good, "about", "aboot", 1))},
		"d/c.txt": {Data: []byte(good)},
	}
	_, err := readScripts(fsys, "d")
	for _, want := range []string{"d/a.txt:5:", "d/b.txt:1: unknown keyword", "d/b.txt:1: no about"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("readScripts = %v, want %q in it", err, want)
		}
	}
}

func TestAWholeJobMayStandInTheScript(t *testing.T) {
	src := strings.Replace(good, "job    decode", `job
  schema: 1
  name: own
  reading: {device: id, time: {path: t, unit: s}, metrics: {x: {path: x, unit: K}}}
  stages:
    - {name: only, do: [decode: {}, encode: {as: canonical-json}]}
  answers: {probe: event, per_event: event}`, 1)
	s, err := Parse("s.txt", src)
	if err != nil || s.Job.Name != "own" {
		t.Fatalf("Parse = %+v, %v", s.Job, err)
	}
	f, err := compile(groupScripts([]Script{s})[0], 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range f.ops {
		if o.kind == opSend {
			want := `{"id":"a","t":1577836801,"x":1}`
			if got := string(o.record.Value); got != want {
				t.Errorf("message %s, want %s", got, want)
			}
		}
	}
}

func TestMessagesCarryTheirTimeExactly(t *testing.T) {
	s, err := Parse("s.txt", good)
	if err != nil {
		t.Fatal(err)
	}
	r := s.Job.Reading
	for _, c := range []struct {
		unit string
		ms   int64
		want string
	}{
		{"ms", -1, `{"id":"k\"","t":-1,"x":1e3,"deep":{"y":null}}`},
		{"s", 1_577_836_800_000, `{"id":"k\"","t":1577836800,"x":1e3,"deep":{"y":null}}`},
		{"s", 1_577_836_800_250, `{"id":"k\"","t":1577836800.25,"x":1e3,"deep":{"y":null}}`},
		{"s", -1, `{"id":"k\"","t":-0.001,"x":1e3,"deep":{"y":null}}`},
		{"s", -1_250, `{"id":"k\"","t":-1.25,"x":1e3,"deep":{"y":null}}`},
		{"s", 0, `{"id":"k\"","t":0,"x":1e3,"deep":{"y":null}}`},
	} {
		r.Time.Unit = c.unit
		if got := string(message(r, `k"`, c.ms, []reading{{"x", "1e3"}, {"y", "null"}})); got != c.want {
			t.Errorf("message at %d %s = %s, want %s", c.ms, c.unit, got, c.want)
		}
	}
}
