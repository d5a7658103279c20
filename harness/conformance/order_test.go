package conformance

import (
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
)

func TestOrder(t *testing.T) {
	of := func(kind event.Kind, node uint16, seq uint64) event.Output {
		return event.Output{Kind: kind, Node: node, Device: 9, Seq: seq}
	}
	before1970 := int64(-10_000)
	e, a, w := event.KindEvent, event.KindAlert, event.KindWindow
	for _, c := range []struct {
		name string
		outs []event.Output
		want string // of the last one; those before it are in order
	}{
		{"alert behind its event", []event.Output{of(e, 0, 1), of(a, 3, 1)}, ""},
		{"alert behind another event", []event.Output{of(e, 0, 1), of(a, 3, 2)}, "stands before its event"},
		{"alert of a window's start", []event.Output{of(w, 5, 1), of(a, 3, 1)}, "stands before its event"},
		{"windows ascending", []event.Output{of(w, 5, uint64(before1970)), of(w, 5, 0)}, ""},
		{"windows descending", []event.Output{of(w, 5, 0), of(w, 5, uint64(before1970))}, "stands behind one with a later start"},
		{"windows of two operators", []event.Output{of(w, 5, 10_000), of(w, 6, 0)}, ""},
		{"a window again", []event.Output{of(w, 5, 0), of(w, 5, 10_000), of(w, 5, 0)}, ""},
	} {
		var r order
		for i, o := range c.outs {
			want := ""
			if i == len(c.outs)-1 {
				want = c.want
			}
			if got := r.take(o); got != want {
				t.Errorf("%s: take(output %d) = %q, want %q", c.name, i, got, want)
			}
		}
	}
}

func TestEventsPassEveryTopicBetweenStages(t *testing.T) {
	var s seen
	for seq := range uint64(3) {
		s.note("output", event.ID{Stream: 1, Device: 9, Seq: seq})
		s.note("first", event.ID{Stream: 1, Device: 9, Seq: seq})
	}
	s.note("second", event.ID{Stream: 1, Device: 9, Seq: 0})
	s.note("second", event.ID{Stream: 1, Device: 9, Seq: 7}) // dropped behind it
	for _, name := range []string{"first", "second", "third"} {
		s.passed(name, "output")
	}
	want := []string{"second: 2 of the 3 events on the output are not in it, the first 1/9/1: ", "third: 3 of the 3 events on the output are not in it, the first 1/9/0: "}
	if len(s.problems) != len(want) {
		t.Fatalf("problems %q, want %q", s.problems, want)
	}
	for i, p := range s.problems {
		if !strings.HasPrefix(p, want[i]) {
			t.Errorf("problem %q, want %q", p, want[i])
		}
	}
}

func TestANullValueIsNotOneOfNoBytes(t *testing.T) {
	f := &feed{partitions: 3, owners: map[deviceID]owner{{1, 9}: {}}}
	s := seen{outputs: make([][]wrote, 1)}
	for _, value := range [][]byte{nil, {}} {
		o := event.Output{Kind: event.KindEvent, Stream: 1, Device: 9, Count: 1}
		s.output(f, "output", event.Record{Key: []byte("k"), Value: value, Headers: outputHeaders(5, o)}, false)
	}
	if got := s.outputs[0]; len(got) != 2 || got[0].bytes() == got[1].bytes() {
		t.Errorf("outputs %+v, want two that differ", got)
	}
}

func TestStageRecordsMustCarryTheStampOfAnInput(t *testing.T) {
	f := &feed{partitions: 3}
	stamp := event.Stamp{ID: event.ID{Device: 9}, Flags: 8, Intended: 7}
	rec := event.Record{Key: []byte("k"), Headers: headers(stamp, 5, inputOptions{})}
	known := map[string]bool{stampText(rec): true}
	for _, c := range []struct {
		name     string
		change   func(*event.Stamp, *int64)
		problems int
	}{
		{"unchanged", func(*event.Stamp, *int64) {}, 0},
		{"flags lost", func(s *event.Stamp, _ *int64) { s.Flags = 0 }, 1},
		{"hash of the new value", func(s *event.Stamp, _ *int64) { s.Hash = 1 }, 1},
		{"another event time", func(_ *event.Stamp, at *int64) { *at++ }, 1},
		{"heartbeat", func(s *event.Stamp, _ *int64) { s.Device = 2 }, 0},
	} {
		s, changed, at := seen{}, stamp, int64(5)
		c.change(&changed, &at)
		s.stage(f, "stage", event.Record{Key: []byte("k"), Headers: headers(changed, at, inputOptions{})}, known)
		if len(s.problems) != c.problems {
			t.Errorf("%s: problems %q, want %d", c.name, s.problems, c.problems)
		}
	}
}
