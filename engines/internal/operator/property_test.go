package operator

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// statefulOps are the operators that remember, by the stage that they stand in.
func statefulOps() map[string]job.Operator {
	return map[string]job.Operator{
		"dedupe":   {Dedupe: &job.Dedupe{Span: 1024}},
		"detect":   {Detect: &job.Detect{Node: 1, Metric: "temp", Above: job.Operand{Value: 50}, Clear: 10, Emit: allEmits[:2]}},
		"tumbling": {Window: &job.Window{Node: 2, Tumbling: 1000, Metric: "temp", Emit: allEmits}},
		"hopping":  {Window: &job.Window{Node: 2, Hopping: 900, Every: 300, Metric: "temp", Emit: allEmits}},
	}
}

// events draws a stretch of a partition: few devices, repeated and far sequences, times in disorder.
func events(t *rapid.T, r *rig) []*event.Record {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *event.Record {
		s := event.Stamp{ID: event.ID{Stream: uint16(rapid.IntRange(0, 1).Draw(t, "stream")),
			Device: uint32(rapid.IntRange(0, 2).Draw(t, "device")), Seq: rapid.Uint64Range(0, 3000).Draw(t, "seq")},
			Intended: rapid.Int64Range(-100, 100).Draw(t, "intended")}
		value := "{}"
		if rapid.Bool().Draw(t, "present") {
			value = fmt.Sprintf(`{"temp":%d}`, rapid.Int64Range(0, 100).Draw(t, "temp"))
		}
		r.seq++
		return r.event(s, rapid.Int64Range(-5000, 5000).Draw(t, "time"), value)
	}), 0, 60).Draw(t, "events")
}

// Rolled back together with the read position, a chain gives the answers again that it gave before.
func TestRestoredChainGoesOnAsIfNothingHadHappened(t *testing.T) {
	for name, op := range statefulOps() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				whole := newRig(t, []job.Operator{decodeOp}, op)
				in := events(rt, whole)
				cut := rapid.IntRange(0, len(in)).Draw(rt, "cut")
				for _, e := range in[:cut] {
					whole.do(e)
				}
				state := whole.chain.Snapshot()
				restored := newRig(t, []job.Operator{decodeOp}, op)
				if err := restored.chain.Restore(state); err != nil {
					rt.Fatalf("Restore(Snapshot()) = %v", err)
				}
				if diff := cmp.Diff(state, restored.chain.Snapshot()); diff != "" {
					rt.Fatalf("the snapshot of a restored chain differs:\n%s", diff)
				}
				for i, e := range in[cut:] {
					if want, got := whole.do(e), restored.do(e); got != want {
						rt.Fatalf("event %d after the cut: restored gave %q, want %q", i, got, want)
					}
				}
			})
		})
	}
}

// The state at the end of a batch does not depend on how the records before were cut into batches. So a micro-batch
// engine may rebuild state in one go.
func TestStateDoesNotDependOnBatches(t *testing.T) {
	for name, op := range statefulOps() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				one, many := newRig(t, []job.Operator{decodeOp}, op), newRig(t, []job.Operator{decodeOp}, op)
				for _, e := range events(rt, one) {
					if err := one.chain.Process(e, Discard); err != nil {
						rt.Fatal(err)
					}
					if err := many.chain.Process(e, Discard); err != nil {
						rt.Fatal(err)
					}
					if rapid.Bool().Draw(rt, "batch ends") {
						many.chain.Advance(Discard)
					}
				}
				one.chain.Advance(Discard)
				many.chain.Advance(Discard)
				if diff := cmp.Diff(one.chain.Snapshot(), many.chain.Snapshot()); diff != "" {
					rt.Fatalf("state after one batch and after many differs:\n%s", diff)
				}
			})
		})
	}
}

// The bitmap against the definition.
func TestDedupeAgreesWithItsDefinition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig(t, nil, job.Operator{Dedupe: &job.Dedupe{Span: 1024}})
		seen, highest := map[uint64]bool{}, int64(-1)
		for _, seq := range rapid.SliceOf(rapid.Uint64Range(0, 2500)).Draw(rt, "sequences") {
			want := !(seen[seq] && int64(seq) > highest-1024)
			got := r.do(r.event(event.Stamp{ID: event.ID{Seq: seq}}, 0, "x")) != ""
			if got != want {
				rt.Fatalf("sequence %d with highest %d passed: %v, want %v", seq, highest, got, want)
			}
			if got {
				seen[seq], highest = true, max(highest, int64(seq))
			}
		}
	})
}

func TestCanonicalJSONRoundTrip(t *testing.T) {
	names := []string{"a", "a_1", "b2", "temp"}
	l := newLayout(names)
	rapid.Check(t, func(rt *rapid.T) {
		values, present := make([]int64, len(names)), make([]bool, len(names))
		for i := range names {
			present[i] = rapid.Bool().Draw(rt, "present")
			if present[i] {
				values[i] = rapid.Int64().Draw(rt, "value")
			}
		}
		text := l.append(nil, values, present)
		if len(text) > l.size {
			rt.Fatalf("%s is longer than the layout's size %d", text, l.size)
		}
		gotV, gotP := make([]int64, len(names)), make([]bool, len(names))
		if err := l.parse(text, gotV, gotP); err != nil {
			rt.Fatalf("parse(%s) = %v", text, err)
		}
		if !cmp.Equal(gotV, values) || !cmp.Equal(gotP, present) {
			rt.Fatalf("parse(%s) = %v %v, want %v %v", text, gotV, gotP, values, present)
		}
	})
}

// What parses is canonical: written again it gives the same bytes.
func FuzzParse(f *testing.F) {
	l := newLayout([]string{"humidity", "temp"})
	for _, s := range []string{`{}`, `{"temp":-9223372036854775808}`, `{"humidity":0,"temp":1}`, `{"temp":1,"humidity":0}`, `{"temp":-0}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		values, present := make([]int64, 2), make([]bool, 2)
		if l.parse(b, values, present) == nil {
			if again := l.append(nil, values, present); string(again) != string(b) {
				t.Errorf("%q parses, but is written %q", b, again)
			}
		}
	})
}

func TestRestoreRefusesDamage(t *testing.T) {
	for name, op := range statefulOps() {
		r := newRig(t, []job.Operator{decodeOp}, op)
		r.do(r.in(0, `{"temp":99}`))
		state := r.chain.Snapshot()
		for n := range state {
			if err := r.chain.Restore(state[:n]); err == nil {
				t.Errorf("%s: Restore took the first %d of %d bytes", name, n, len(state))
			}
		}
		if err := r.chain.Restore(append(state[:len(state):len(state)], 0)); err == nil {
			t.Errorf("%s: Restore took a byte too many", name)
		}
		if err := r.chain.Restore(state); err != nil {
			t.Errorf("%s: Restore(Snapshot()) = %v", name, err)
		}
	}
}

func TestSlabNeverOverwrites(t *testing.T) {
	var s slab
	var kept [][]byte
	var want []string
	for i := range 20_000 {
		text := strings.Repeat(fmt.Sprint(i, " "), i%7)
		kept = append(kept, s.kept(append(s.room(64), text...)))
		want = append(want, text)
	}
	for i := range kept {
		if string(kept[i]) != want[i] || cap(kept[i]) != len(want[i]) {
			t.Fatalf("slice %d is %q with capacity %d, want %q", i, kept[i], cap(kept[i]), want[i])
		}
	}
}

func TestProcessAllocatesLittle(t *testing.T) {
	ops := []job.Operator{{Calibrate: &job.Calibrate{Metric: "temp"}},
		{Window: &job.Window{Node: 2, Tumbling: 60_000, Metric: "temp", Emit: allEmits}}}
	r := newRig(t, []job.Operator{decodeOp, {Enrich: &job.Enrich{Fields: []string{"gain", "offset"}}}}, ops...)
	in := r.in(0, `{"gain":1000000,"humidity":3,"offset":5,"temp":20000000}`)
	per := testing.AllocsPerRun(2000, func() {
		if err := r.chain.Process(in, Discard); err != nil {
			t.Fatal(err)
		}
		r.chain.Advance(Discard)
	})
	if per > 0.5 {
		t.Errorf("an event costs %v allocations, want less than one in two events (the slab's)", per)
	}
}
