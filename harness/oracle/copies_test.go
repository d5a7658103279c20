package oracle

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/result"
)

func TestCopiesInTheInputExplainOvercounts(t *testing.T) {
	d := newDamage(1, false)
	d.replayInto(3, 3)
	v := d.judge(t, AtLeastOnce).Verdict
	if !v.Correct || v.Overcounted == 0 || v.Duplicate != 3 || !strings.HasPrefix(v.Text, "correct, at least once (3 duplicates, ") {
		t.Errorf("at least once: %q, %+v, want overcounted windows and 3 duplicates", v.Text, v.Stages)
	}
	if v := d.judge(t, ExactlyOnce).Verdict; v.Correct {
		t.Errorf("exactly once: %q, want wrong", v.Text)
	}
}

// A job without dedupe counts what a device sends twice, and the second copy, due later, may be the latest contributor.
// Exactly once demands that; at least once allows it, and a replay of it as well.
func TestRepeatsOfDevicesAreCountedInAJobWithoutDedupe(t *testing.T) {
	for _, size := range []job.Millis{10_000, 40_000} { // few copies in a window, and more than are tried in all combinations
		j := alertJob()
		j.Stages = slices.Delete(j.Stages, 1, 2)
		j.Stages[3].Do[0].Window.Tumbling = size
		w := newWorld(j, 3, 6, 120, false)
		var input []event.Record
		for _, r := range w.input {
			input = append(input, r)
			if s, ok := stampOf(&r); ok && s.Flags == 0 && s.Seq%3 != 0 {
				s.Intended += 40_000_000
				again := *clone(&r)
				again.Headers[0].Value = event.AppendStamp(nil, s)
				input = append(input, again)
			}
		}
		w.input = renumber(input)
		w.execute(0)
		if v := w.judge(t, ExactlyOnce).Verdict; v.Text != "correct" {
			t.Errorf("windows of %d ms, exactly once: %q, want correct; %+v", size, v.Text, v.Culprits[:1])
		}
		if v := w.judge(t, AtLeastOnce).Verdict; !v.Correct || v.Overcounted == 0 {
			t.Errorf("windows of %d ms, at least once: %q, want correct with overcounted windows; %+v", size, v.Text, v.Culprits)
		}
		d := &damage{world: w.copy(), rng: rand.New(rand.NewPCG(1, 1))}
		i := d.pick(d.output, func(r *event.Record) bool { return of(event.KindWindow)(r) && strings.HasPrefix(string(r.Key), "room") })
		d.rewrite(i, header(func(o *event.Output) { o.Intended += 1_000 }))
		if v := d.judge(t, AtLeastOnce).Verdict; v.Correct {
			t.Errorf("windows of %d ms: a latest contributor that does not exist is %q, want wrong", size, v.Text)
		}
	}
}

// An engine that goes on from older offsets with newer state counts again what no input shows.
func TestReplaysExplainOvercountsOnlyAfterAFault(t *testing.T) {
	for _, runs := range [][2]int{{2, 0}, {3, 2}} {
		d := newDamage(2, false)
		id := d.inTime()
		var events []lateEvent
		for i := range d.stages[3] {
			r := &d.stages[3][i]
			if s, ok := stampOf(r); ok && s.Device == id.Device {
				ms, _ := r.EventTime()
				if floor(ms, 10_000) == floor(int64(epoch), 10_000)+1 {
					events = append(events, lateEvent{s.ID, field(r.Value, "temp"), ms})
				}
			}
		}
		again := append(slices.Clone(events[:runs[0]]), events[len(events)-runs[1]:]...)
		i := d.pick(d.output, d.holds(events[0]))
		d.window(i, func(a *aggregate) {
			for _, e := range again {
				a.add(e.value, e.Term(), a.intended)
			}
		})
		if v := d.judge(t, AtLeastOnce).Verdict; v.Correct {
			t.Errorf("runs %v without a fault: %q, want wrong", runs, v.Text)
		}
		d.faulted = true
		if v := d.judge(t, AtLeastOnce).Verdict; v.Text != "correct, at least once (0 duplicates, 1 overcounted, 0 unfinal)" {
			t.Errorf("runs %v after a fault: %q, want 1 overcounted", runs, v.Text)
		}
		d.window(i, func(a *aggregate) { a.sum++ })
		if v := d.judge(t, AtLeastOnce).Verdict; v.Correct {
			t.Errorf("runs %v after a fault, sum + 1: %q, want wrong", runs, v.Text)
		}
	}
}

// With several hops a restart makes copies at each of them, and the window stage counts them and a stretch of its own input
// again. End to end nobody knows in which order that was; by the window's own input it is known.
func TestCopiesOfHopsAndAReplayExplainAnOvercountTogether(t *testing.T) {
	d := newDamage(1, false)
	d.replayInto(3, 3)
	over := d.judge(t, AtLeastOnce).Verdict.Overcounted
	i := d.pick(d.output, func(r *event.Record) bool { return of(event.KindWindow)(r) && d.copiesIn(r) == 3 })
	var events []lateEvent
	for k := range d.stages[3] {
		if r := &d.stages[3][k]; d.isIn(r, &d.output[i]) {
			s, _ := stampOf(r)
			ms, _ := r.EventTime()
			events = append(events, lateEvent{s.ID, field(r.Value, "temp"), ms})
		}
	}
	d.window(i, func(a *aggregate) {
		for _, e := range events[1:] { // a run that has a copy in it
			a.add(e.value, e.Term(), a.intended)
		}
	})
	if v := d.judge(t, AtLeastOnce).Verdict; v.Correct {
		t.Errorf("without a fault: %q, want wrong", v.Text)
	}
	d.faulted = true
	if v := d.judge(t, AtLeastOnce).Verdict; !v.Correct || v.Overcounted != over {
		t.Errorf("after a fault: %q, want %d overcounted; %+v", v.Text, over, v.Culprits)
	}
	d.window(i, func(a *aggregate) { a.sum++ })
	if v := d.judge(t, AtLeastOnce).Verdict; v.Correct {
		t.Errorf("after a fault, sum + 1: %q, want wrong", v.Text)
	}
}

// repeatInWindow writes the first n events of a window of a sensor again behind them, in the input of the window stage, and runs
// it over them. It gives the window's place in the output and its events, each once, in offset order.
func (d *damage) repeatInWindow(n int) (at int, events []lateEvent) {
	at = d.pick(d.output, func(r *event.Record) bool { return of(event.KindWindow)(r) && strings.HasPrefix(string(r.Key), "room") })
	result := d.output[at]
	var again, out []event.Record
	for _, r := range d.stages[3] {
		out = append(out, r)
		if !d.isIn(&r, &result) {
			continue
		}
		s, _ := stampOf(&r)
		events = append(events, lateEvent{s.ID, field(r.Value, "temp"), s.Intended})
		if again = append(again, r); len(again) == n {
			out = append(out, again...)
		}
	}
	d.stages[3] = renumber(out)
	d.execute(4)
	return slices.IndexFunc(d.output, func(r event.Record) bool {
		a, _ := result.Output()
		b, err := r.Output()
		return err == nil && identityOf(a) == identityOf(b)
	}), events
}

// A window with many copies has nearly as many sums as there are numbers: that two of them are counted again must not make
// good for an event that is lost. Sums and ids of what was counted in truth are told from all others where they can be.
func TestALostEventDoesNotHideBehindCopies(t *testing.T) {
	j := alertJob()
	j.Stages[4].Do[0].Window.Tumbling = 50_000
	clean := newWorld(j, 4, 4, 80, false)
	const wrong, open = `wrong: 1 with other content; first in stage "summarise"`, `not judged: 1 of 8 windows have too many late or repeated events to try`
	for _, c := range []struct {
		copies, counted int
		all, without    string // verdicts over all copies, and over those counted and one event less
	}{
		{25, 2, "correct, at least once (25 duplicates, 1 overcounted, 0 unfinal)", wrong},
		{45, 2, "correct, at least once (45 duplicates, 1 overcounted, 0 unfinal)", wrong},
		{45, 5, "correct, at least once (45 duplicates, 1 overcounted, 0 unfinal)", open},
	} {
		for _, faulted := range []bool{false, true} {
			d := &damage{clean.copy(), rand.New(rand.NewPCG(4, 4))}
			d.faulted = faulted
			at, events := d.repeatInWindow(c.copies)
			if v := d.judge(t, AtLeastOnce).Verdict; v.Text != c.all {
				t.Errorf("%d copies, faulted %v: %q, want %q; %+v", c.copies, faulted, v.Text, c.all, v.Culprits)
			}
			slices.SortFunc(events[:c.copies], func(a, b lateEvent) int { return int(a.value - b.value) })
			lost := events[c.copies/2] // no extreme, not the latest
			d.window(at, func(a *aggregate) {
				*a = aggregate{}
				for _, e := range append(events, []lateEvent{events[3], events[7], events[11], events[16], events[20]}[:c.counted]...) {
					if e.ID != lost.ID {
						a.add(e.value, e.Term(), e.time)
					}
				}
			})
			v := d.judge(t, AtLeastOnce).Verdict
			if v.Text != c.without || v.Correct || !slices.ContainsFunc(v.Culprits, func(x result.Culprit) bool { return x.Fault == "wrong" || x.Fault == "unjudged" }) {
				t.Errorf("%d of %d copies, faulted %v, one event lost: %q, want %q; %+v", c.counted, c.copies, faulted, v.Text, c.without, v.Culprits)
			}
		}
	}
}

// What a hop delayed until its window was closed is lost end to end, though the window's stage did right and counted copies.
func TestAnEventThatAHopMadeLateDoesNotHideBehindCopies(t *testing.T) {
	for _, c := range []struct {
		faulted bool
		want    string
	}{
		{false, "wrong: 1 with other content; each stage is right by its own input"},
		{true, "not judged: 1 of 68 windows have too many late or repeated events to try"}, // its stage might have counted it in a replay
	} {
		d := newDamage(1, false)
		d.faulted = c.faulted
		at, events := d.repeatInWindow(4)
		window := d.output[at]
		i := slices.IndexFunc(d.stages[3], func(r event.Record) bool { s, ok := stampOf(&r); return ok && s.ID == events[5].ID })
		r := d.stages[3][i]
		d.stages[3] = renumber(append(slices.Delete(slices.Clone(d.stages[3]), i, i+1), r))
		d.execute(4)
		v := d.judge(t, AtLeastOnce).Verdict
		if stage := v.Stages[4]; v.Text != c.want || stage.Overcounted != 1 || stage.Wrong+stage.Missing+stage.Unjudged > 0 {
			t.Errorf("faulted %v, of %q: %q, want %q, and stage %+v with one overcounted", c.faulted, window.Value, v.Text, c.want, stage)
		}
	}
}

// isIn says whether an event is in the window that a result is of.
func (d *damage) isIn(r, result *event.Record) bool {
	s, ok := stampOf(r)
	if !ok || string(r.Key) != string(result.Key) || s.Flags != 0 {
		return false
	}
	ms, _ := r.EventTime()
	start := field(result.Value, "start")
	return start <= ms && ms < field(result.Value, "end")
}

// copiesIn counts how many more records than events of a window its stage has read.
func (d *damage) copiesIn(result *event.Record) int {
	n, events := 0, map[uint64]bool{}
	for k := range d.stages[3] {
		if r := &d.stages[3][k]; d.isIn(r, result) {
			s, _ := stampOf(r)
			n, events[s.Seq] = n+1, true
		}
	}
	return n - len(events)
}
