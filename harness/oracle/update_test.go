package oracle

import (
	"context"
	"iter"
	"slices"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// totals are aggregates by device, as an engine keeps them that handles events one by one.
type totals map[event.ID]*total

// take adds an event and gives its update.
func (u totals) take(w *world, op *aggregateOp, s *subject, v int64) event.Record {
	device := event.ID{Stream: s.stamp.Stream, Device: s.stamp.Device}
	if u[device] == nil {
		u[device] = &total{}
	}
	u[device].add(v, s.stamp.Term(), s.stamp.Intended, s.time)
	var r updateRecord
	return *clone(r.render(op, device, s.key, w.partitions, u[device]))
}

func runningJob() *job.Job {
	j := alertJob()
	j.Name, j.Answers = "running", job.Answers{Probe: "update", PerEvent: "update"}
	j.Stages = j.Stages[:1]
	j.Stages[0].Do = append(j.Stages[0].Do, job.Operator{Aggregate: &job.Aggregate{Node: 1, Metric: "temp"}})
	return j
}

// room is the device that tests do harm to.
var room = event.ID{Stream: 1, Device: 6}

// updatesOf gives the places of a device's updates.
func (w *world) updatesOf(device event.ID) (at []int) {
	for i := range w.output {
		if o, _ := w.output[i].Output(); o.Stream == device.Stream && o.Device == device.Device {
			at = append(at, i)
		}
	}
	return at
}

// batches leaves every n-th update of a device, and the last.
func (w *world) batches(n int) *world {
	x := w.copy()
	seen, of := map[event.ID]int{}, map[event.ID]int{}
	for i := range x.output {
		o, _ := x.output[i].Output()
		of[event.ID{Stream: o.Stream, Device: o.Device}]++
	}
	x.output = slices.DeleteFunc(x.output, func(r event.Record) bool {
		o, _ := r.Output()
		id := event.ID{Stream: o.Stream, Device: o.Device}
		seen[id]++
		return seen[id]%n != 0 && seen[id] != of[id]
	})
	renumber(x.output)
	return x
}

// handled makes the room's updates those of an engine that handles these stretches of its events, one after the other.
func (w *world) handled(order ...stretch) {
	t := w.trial(ExactlyOnce)
	m := newModel(&t, 0, 1)
	var subjects []subject
	var values []int64
	m.update = func(s *subject, v int64) {
		if s.stamp.Stream == room.Stream && s.stamp.Device == room.Device {
			kept := *s
			kept.key = slices.Clone(s.key)
			subjects, values = append(subjects, kept), append(values, v)
		}
	}
	for i := range w.input {
		m.feed(&w.input[i])
	}
	u := totals{}
	var out []event.Record
	for _, s := range order {
		for i := s.from; i < s.to; i++ {
			out = append(out, u.take(w, m.sums, &subjects[i], values[i]))
		}
	}
	at := w.updatesOf(room)
	for _, i := range slices.Backward(at) {
		w.output = slices.Delete(w.output, i, i+1)
	}
	w.output = renumber(append(w.output, out...))
}

func TestUpdatesOfEveryModelAreCorrect(t *testing.T) {
	for _, dirty := range []bool{false, true} {
		one := newWorld(runningJob(), 3, 20, 50, dirty)
		for _, n := range []int{1, 2, 7, 1000} {
			for _, reader := range []func([]event.Record) []event.Record{nil, byPartition} {
				w := one.batches(n)
				w.reader = reader
				for _, guarantee := range []string{AtLeastOnce, ExactlyOnce} {
					j := w.judge(t, guarantee)
					if v := j.Verdict; v.Text != "correct" || v.Matched < 20 || v.Expected != v.Matched || len(v.Culprits)+len(j.Unanswered) > 0 {
						t.Errorf("dirty %v, each %d, %s: %q, %d of %d matched, %d unanswered, culprits %+v", dirty, n, guarantee, v.Text,
							v.Matched, v.Expected, len(j.Unanswered), v.Culprits)
					}
					var awaiting int
					for _, list := range j.Awaiting {
						awaiting += len(list)
					}
					if answers := len(one.output); !dirty && awaiting != answers {
						t.Errorf("%d events wait for an update, want the %d that reach the aggregate", awaiting, answers)
					}
				}
			}
		}
	}
}

func TestHarmToUpdatesIsFound(t *testing.T) {
	clean := newWorld(runningJob(), 5, 20, 50, false)
	value := func(from, to string) func(*event.Record) {
		return func(r *event.Record) { r.Value = []byte(from + string(r.Value[len(to):])) }
	}
	for _, c := range []struct {
		name, once, least string
		harm              func(w *world, at []int)
	}{
		{"the last is lost", "wrong: 1 missing", "wrong: 1 missing", func(w *world, at []int) { w.output = slices.Delete(w.output, at[49], at[49]+1) }},
		{"one between is lost", "correct", "correct", func(w *world, at []int) { w.output = slices.Delete(w.output, at[20], at[20]+1) }},
		{"all are lost", "wrong: 1 missing", "wrong: 1 missing", func(w *world, at []int) {
			for _, i := range slices.Backward(at) {
				w.output = slices.Delete(w.output, i, i+1)
			}
		}},
		{"one comes again", "wrong: 1 duplicate", "correct, at least once (1 duplicates, 0 overcounted, 0 unfinal)", func(w *world, at []int) {
			w.output = slices.Insert(w.output, at[30], w.output[at[20]])
		}},
		{"the last comes again", "wrong: 1 duplicate", "correct, at least once (1 duplicates, 0 overcounted, 0 unfinal)", func(w *world, at []int) {
			w.output = append(w.output, w.output[at[49]])
		}},
		{"an old one stands last", "wrong: 1 missing, 1 duplicate", "wrong: 1 missing", func(w *world, at []int) {
			w.output = append(w.output, w.output[at[20]])
		}},
		{"two change places", "wrong: 1 duplicate", "correct, at least once (1 duplicates, 0 overcounted, 0 unfinal)", func(w *world, at []int) {
			w.output[at[20]], w.output[at[21]] = w.output[at[21]], w.output[at[20]]
		}},
		{"the last is altered", "wrong: 1 with other content", "wrong: 1 with other content", func(w *world, at []int) {
			value(`{"count":51`, `{"count":50`)(&w.output[at[49]])
		}},
		{"one between is altered", "wrong: 1 unexpected", "wrong: 1 unexpected", func(w *world, at []int) {
			value(`{"count":22`, `{"count":21`)(&w.output[at[20]])
		}},
		{"another's ids", "wrong: 1 unexpected", "wrong: 1 unexpected", func(w *world, at []int) {
			header(func(o *event.Output) { o.IDs++ })(&w.output[at[20]])
		}},
		{"another latest time", "wrong: 1 unexpected", "wrong: 1 unexpected", func(w *world, at []int) {
			header(func(o *event.Output) { o.Intended-- })(&w.output[at[20]])
		}},
		{"another event time", "wrong: 1 unexpected", "wrong: 1 unexpected", func(w *world, at []int) {
			w.output[at[20]].Headers = []event.Header{w.output[at[19]].Headers[0], w.output[at[20]].Headers[1]}
		}},
		{"a count beyond all", "wrong: 1 unexpected", "wrong: 1 unexpected", func(w *world, at []int) {
			header(func(o *event.Output) { o.Count, o.Seq = 1<<32-1, 1<<32-1 })(&w.output[at[20]])
		}},
		{"an unknown device", "wrong: 1 unexpected", "wrong: 1 unexpected", func(w *world, at []int) {
			w.output = append(w.output, *clone(&w.output[at[20]]))
			header(func(o *event.Output) { o.Device = 999 })(&w.output[len(w.output)-1])
		}},
		{"an event is skipped and its neighbour counted twice", "wrong: 1 with other content, 28 unexpected", "wrong: 1 with other content, 28 unexpected",
			func(w *world, _ []int) { w.handled(stretch{0, 21}, stretch{20, 21}, stretch{22, 50}) }},
	} {
		for guarantee, want := range map[string]string{ExactlyOnce: c.once, AtLeastOnce: c.least} {
			w := clean.copy()
			for i := range w.output {
				w.output[i] = *clone(&w.output[i])
			}
			c.harm(w, w.updatesOf(room))
			renumber(w.output)
			if got := w.judge(t, guarantee).Verdict; got.Text != want {
				t.Errorf("%s, %s: %q, want %q; %+v", c.name, guarantee, got.Text, want, got.Culprits)
			}
		}
	}
}

func TestReplaysExplainUpdatesOnlyAfterAFault(t *testing.T) {
	clean := newWorld(runningJob(), 5, 20, 50, false)
	for _, c := range []struct {
		name, want string
		order      []stretch
	}{
		{"ten again", "correct, at least once (0 duplicates, 1 overcounted, 39 unfinal)", []stretch{{0, 20}, {10, 50}}},
		{"three restarts", "correct, at least once (0 duplicates, 1 overcounted, 55 unfinal)", []stretch{{0, 30}, {20, 30}, {5, 21}, {20, 50}}},
		{"one is out of order", "correct, at least once (0 duplicates, 1 overcounted, 31 unfinal)", []stretch{{0, 20}, {21, 23}, {20, 21}, {20, 50}}},
	} {
		w := clean.copy()
		w.handled(c.order...)
		if got := w.judge(t, AtLeastOnce).Verdict; got.Correct {
			t.Errorf("%s, without a fault: %q, want it wrong", c.name, got.Text)
		}
		w.faulted = true
		if got := w.judge(t, AtLeastOnce).Verdict; got.Text != c.want {
			t.Errorf("%s, after a fault: %q, want %q", c.name, got.Text, c.want)
		}
		if got := w.judge(t, ExactlyOnce).Verdict; got.Correct {
			t.Errorf("%s, exactly once: %q, want it wrong", c.name, got.Text)
		}
	}
}

// After a fault an engine may tell of a state that lacks events, but the last must hold them all.
func TestAnEventThatAReplayLosesIsFound(t *testing.T) {
	w := newWorld(runningJob(), 5, 20, 50, false)
	w.handled(stretch{0, 20}, stretch{10, 20}, stretch{21, 50})
	w.faulted = true
	if got := w.judge(t, AtLeastOnce).Verdict; got.Correct || got.Missing != 1 {
		t.Errorf("%q, want one missing: event 20 is in no update", got.Text)
	}
}

// An engine that works in batches writes few updates of many events, and those are kept beside the updates: rounds must count
// them, or one holds the whole input.
func TestRoundsCountTheEventsThatUpdatesAreHeldAgainst(t *testing.T) {
	w := newWorld(runningJob(), 3, 20, 50, false).batches(1000)
	w.output = renumber(append(w.output, w.output...)) // each device is looked at, for three updates
	tr := w.trial(AtLeastOnce)
	reads, read := 0, tr.Input.Read
	tr.Input.Read = func(ctx context.Context) iter.Seq2[event.Record, error] {
		reads++
		return read(ctx)
	}
	c := newComparison(&tr, EndToEnd, 0, 1, 1)
	c.round, c.faulty, c.over = 100, map[identity]bool{}, map[identity]surplus{}
	if err := c.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.verdict.Duplicate != 24 || c.verdict.Matched != 24 {
		t.Errorf("%+v, want the last updates of 24 devices, each twice", c.verdict)
	}
	if rounds := reads - 1; rounds < 4 || rounds > 8 { // 1,280 events count for 427 records
		t.Errorf("%d rounds of 100 records, want about 5", rounds)
	}
}

// The counts of an engine that takes all devices for one are great and far from each other: what is kept is as much as was told.
func TestWhatWasToldIsKeptInRuns(t *testing.T) {
	var a told
	for _, n := range []uint32{1, 2, 3, 7, 8, 5, 8, 9, 1 << 31, 1<<32 - 1} {
		a.note(event.Output{Count: n, Intended: int64(n)})
	}
	for n, want := range map[int64]bool{0: false, 1: true, 3: true, 4: false, 5: false, 6: false, 7: true, 9: true, 10: false, 1 << 31: true, 1<<31 + 1: false, 1<<32 - 1: true} {
		if got := a.has(n); got != want {
			t.Errorf("has(%d) = %v, want %v", n, got, want)
		}
	}
	if len(a.runs) != 4 || !a.spoilt || a.last != 1<<32-1 || a.intended != 1<<32-1 {
		t.Errorf("%+v, want four runs of a device that is spoilt", a)
	}
}

func TestEventsBehindTheLastUpdateAreUnanswered(t *testing.T) {
	w := newWorld(runningJob(), 5, 20, 50, false)
	at := w.updatesOf(room)
	w.output = slices.Delete(w.output, at[49], at[49]+1)
	w.output = slices.Delete(w.output, at[48], at[48]+1)
	j := w.judge(t, AtLeastOnce)
	if len(j.Unanswered) != 2 || j.Unanswered[0].Seq != 48 || j.Unanswered[1].Seq != 49 || j.Unanswered[0].Device != room.Device {
		t.Errorf("unanswered = %v, want events 48 and 49 of device %d", j.Unanswered, room.Device)
	}
}
