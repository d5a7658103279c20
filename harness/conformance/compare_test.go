package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/event"
)

// fed compiles one script by name.
func fed(t *testing.T, name string) *feed {
	t.Helper()
	scripts := load(t)
	i := slices.IndexFunc(scripts, func(s Script) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("no script %s", name)
	}
	f, err := compile(groupScripts(scripts[i : i+1])[0], 2)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// with gives an output with another value or another header sgo.
func with(w wrote, value string, change func(*event.Output)) wrote {
	w.headers = slices.Clone(w.headers)
	if value != "" {
		w.value = []byte(value)
	}
	if change != nil {
		o, _ := event.ParseOutput(w.header(event.HeaderOutput))
		change(&o)
		w.headers[1].Value = event.AppendOutput(nil, o)
	}
	return w
}

func TestWhatIsExpectedPasses(t *testing.T) {
	for _, g := range groupScripts(load(t)) {
		f, err := compile(g, 3)
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.scripts {
			for _, guarantee := range []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce} {
				if o := judge(f, i, f.expected[i], guarantee); o.State != Passed {
					t.Errorf("%s: %s", o.Script, o.Diff)
				}
			}
		}
	}
}

// TestEveryDifferenceIsNoticed changes one output of every script at a time, in every part of the record.
func TestEveryDifferenceIsNoticed(t *testing.T) {
	changes := map[string]func(wrote) wrote{
		"value":  func(w wrote) wrote { return with(w, string(w.value)+" ", nil) },
		"key":    func(w wrote) wrote { w.key = append(slices.Clone(w.key), 'x'); return w },
		"topic":  func(w wrote) wrote { w.dead = !w.dead; return w },
		"order":  func(w wrote) wrote { w.headers = slices.Clone(w.headers); slices.Reverse(w.headers); return w },
		"header": func(w wrote) wrote { w.headers = append(slices.Clone(w.headers), event.Header{Key: "x"}); return w },
		"time": func(w wrote) wrote {
			w.headers = slices.Clone(w.headers)
			at, _ := event.ParseTime(w.headers[0].Value)
			w.headers[0].Value = event.AppendTime(nil, at+1)
			return w
		},
		"intended": func(w wrote) wrote { return with(w, "", func(o *event.Output) { o.Intended++ }) },
		"sequence": func(w wrote) wrote { return with(w, "", func(o *event.Output) { o.Seq++ }) },
		"count":    func(w wrote) wrote { return with(w, "", func(o *event.Output) { o.Count++ }) },
		"ids":      func(w wrote) wrote { return with(w, "", func(o *event.Output) { o.IDs++ }) },
		"node":     func(w wrote) wrote { return with(w, "", func(o *event.Output) { o.Node++ }) },
		"ordinal":  func(w wrote) wrote { return with(w, "", func(o *event.Output) { o.Ordinal++ }) },
	}
	for _, g := range groupScripts(load(t)) {
		f, err := compile(g, 3)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range f.expected {
			sample := min(len(want), 12)
			if len(want) > 100 || f.maxRecord > 100_000 {
				sample = 1 // each sample compares them all
			}
			for k, w := range want[:sample] {
				for what, change := range changes {
					got := slices.Clone(want)
					got[k] = change(w)
					for _, guarantee := range []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce} {
						o := judge(f, i, got, guarantee)
						if o.State != Failed || strings.Contains(o.Diff, "- ") == w.allowed || !strings.Contains(o.Diff, "+ ") {
							t.Errorf("%s, output %d: another %s: %s %q, want failed, and what is missing unless it may be", o.Script, k, what, o.State, o.Diff)
						}
					}
				}
				if o := judge(f, i, slices.Delete(slices.Clone(want), k, k+1), engines.AtLeastOnce); (o.State != Failed) != w.allowed {
					t.Errorf("%s: output %d is missing: %s, and it may be: %t", o.Script, k, o.State, w.allowed)
				}
			}
		}
	}
}

func TestRepeatsAreForgivenAtLeastOnceOnly(t *testing.T) {
	f := fed(t, "tumbling-edges")
	got := append(slices.Clone(f.expected[0]), f.expected[0]...)
	if o := judge(f, 0, got, engines.AtLeastOnce); o.State != Passed || len(o.Notes) != len(f.expected[0]) {
		t.Errorf("at least once: %s, %d notes, want passed with a note for each repeat\n%s", o.State, len(o.Notes), o.Diff)
	}
	if o := judge(f, 0, got, engines.ExactlyOnce); o.State != Failed || strings.Count(o.Diff, "+ ") != len(f.expected[0]) {
		t.Errorf("exactly once: %s, want failed by %d records\n%s", o.State, len(f.expected[0]), o.Diff)
	}
}

// TestReplaysAfterAKill goes through what an at-least-once engine may do with windows and alerts, and what not.
func TestReplaysAfterAKill(t *testing.T) {
	f := fed(t, "tumbling-kill-and-continue")
	w := len(f.expected[0]) - 2 // the window of events 0 to 8: values 1 1 1 1 1 2 2 2 3
	var terms []int64
	for _, o := range f.ops {
		if o.kind == opSend {
			terms = append(terms, o.record.stamp.Term())
		}
	}
	window := f.expected[0][w]
	again := func(value string, ids int64, n uint32) wrote {
		return with(window, value, func(o *event.Output) { o.Count += n; o.IDs += ids })
	}
	at := f.epochs[0]
	value := func(count, sum, least, most int64) string {
		return string(canonical([]field{{"count", count}, {"end", at + 10_000}, {"max", most}, {"min", least}, {"start", at}, {"sum", sum}}))
	}
	good := again(value(11, 19_000_000, 1_000_000, 3_000_000), terms[8]+terms[5], 2)
	strange, late := good, with(good, "", nil)
	strange.key = []byte("another")
	late.headers[0].Value = event.AppendTime(nil, at+10_000)
	for _, c := range []struct {
		name string
		got  wrote
		keep bool // the complete window stands beside it
		want State
	}{
		{"two events counted again", good, false, Passed},
		{"the same, and the complete one", good, true, Passed},
		{"ids that no two events give", again(value(11, 19_000_000, 1_000_000, 3_000_000), terms[8]+terms[5]+1, 2), false, Failed},
		{"another minimum", again(value(11, 19_000_000, 0, 3_000_000), terms[8]+terms[5], 2), false, Failed},
		{"a sum beyond all values", again(value(11, 40_000_000, 1_000_000, 3_000_000), terms[8]+terms[5], 2), false, Failed},
		{"a space too many", again(value(11, 19_000_000, 1_000_000, 3_000_000)+" ", terms[8]+terms[5], 2), false, Failed},
		{"another key", strange, true, Failed},
		{"another event time", late, true, Failed},
		{"count of header and value differ", again(value(12, 19_000_000, 1_000_000, 3_000_000), terms[8]+terms[5], 2), false, Failed},
		{"too few", with(window, value(8, 11_000_000, 1_000_000, 2_000_000), func(o *event.Output) { o.Count--; o.IDs -= terms[8] }), false, Failed},
		{"too few, and the complete one", with(window, value(8, 11_000_000, 1_000_000, 2_000_000), func(o *event.Output) { o.Count--; o.IDs -= terms[8] }), true, Passed},
		{"too few with too great a sum, and the complete one", with(window, value(8, 30_000_000, 1_000_000, 2_000_000), func(o *event.Output) { o.Count--; o.IDs -= terms[8] }), true, Failed},
	} {
		got := slices.Clone(f.expected[0])
		if c.keep {
			got = append(got, c.got)
		} else {
			got[w] = c.got
		}
		if o := judge(f, 0, got, engines.AtLeastOnce); o.State != c.want {
			t.Errorf("%s: %s, want %s\n%s", c.name, o.State, c.want, o.Diff)
		}
		if o := judge(f, 0, got, engines.ExactlyOnce); o.State != Failed {
			t.Errorf("%s: exactly once %s, want failed", c.name, o.State)
		}
	}
}

func TestAlertsAfterAKill(t *testing.T) {
	f := fed(t, "detect-kill-and-continue")
	i := slices.IndexFunc(f.expected[0], func(w wrote) bool {
		o, _ := event.ParseOutput(w.header(event.HeaderOutput))
		return o.Kind == event.KindAlert
	})
	alert := f.expected[0][i]
	other := f.expected[0][i+2] // event 2, answered
	o, _ := event.ParseOutput(other.header(event.HeaderOutput))
	o.Kind, o.Node = event.KindAlert, 3
	spurious := wrote{key: alert.key, value: []byte(`{"active":1,"threshold":10000000,"value":12000000}`), headers: slices.Clone(other.headers)}
	spurious.headers[1].Value = event.AppendOutput(nil, o)
	got := append(slices.Clone(f.expected[0]), spurious)
	if o := judge(f, 0, got, engines.AtLeastOnce); o.State != Passed || len(o.Notes) != 1 {
		t.Errorf("an alert of a replayed event: %s, notes %q, want passed with a note\n%s", o.State, o.Notes, o.Diff)
	}
	got[len(got)-1].headers[1].Value[8]++ // of an event that is not its own by ids
	if o := judge(f, 0, got, engines.AtLeastOnce); o.State != Failed {
		t.Errorf("an alert of no event: %s, want failed", o.State)
	}
}

// TestDiffSpeaksTheScriptsLanguage: the wanted side of a difference can be read like the script.
func TestDiffSpeaksTheScriptsLanguage(t *testing.T) {
	f := fed(t, "alert-all-in-one")
	o := judge(f, 0, nil, engines.ExactlyOnce)
	for _, want := range []string{
		"- alert-a#1 event gain=1.2 humidity=41 offset=1 site=7u temp=25.12 threshold=25\n",
		"- alert-a#1 alert@1 on threshold=25 value=25.12\n",
		"- alert-b#3 dead@0 missing_field same\n",
		"- alert-a window@2 +0s..+1m0s of 3 events sum=74.52 min=24.4 max=25.12 {latest intended",
	} {
		if !strings.Contains(o.Diff, want) {
			t.Errorf("the difference lacks %q:\n%s", want, o.Diff)
		}
	}
}
